import type { Chance } from './chance.js';
import { mutatedBytes } from './mutation.js';
import { clientData } from './reader-inputs.js';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** Frames of RFC 6455 as a client sends them: whole messages, fragments, control frames and invalid frames. */
export function webSocketBytes(chance: Chance, epoch: string): Buffer {
  const bytes = chance.weighted<() => Buffer>([
    [30, () => frame(chance, TEXT, payload(chance, epoch))],
    [5, () => fragments(chance, payload(chance, epoch))],
    [5, () => frame(chance, PING, chance.bytes(chance.below(126)))],
    [1, () => frame(chance, 10, chance.bytes(chance.below(10)))],
    [
      1,
      () =>
        frame(
          chance,
          CLOSE,
          chance.pick([Buffer.alloc(0), Buffer.from([3, 232]), chance.bytes(chance.below(130))]),
        ),
    ],
    [
      1,
      () => frame(chance, chance.below(16), chance.bytes(chance.below(40)), { first: chance.below(16) << 4 }),
    ],
    [1, () => frame(chance, TEXT, payload(chance, epoch), { isMasked: false })],
    [1, () => frame(chance, TEXT, Buffer.from([0xc3, 0x28, 0xff]))],
    [1, () => hugeHead(chance)],
    [1, () => chance.bytes(chance.below(64))],
  ])();
  return chance.oneIn(20) ? mutatedBytes(bytes, chance) : bytes;
}

function payload(chance: Chance, epoch: string): Buffer {
  const data = clientData(chance, epoch);
  return Buffer.from(typeof data === 'string' ? data : 'x');
}

function fragments(chance: Chance, data: Buffer): Buffer {
  const at = chance.below(data.length + 1);
  const parts = [
    frame(chance, TEXT, data.subarray(0, at), { first: 0 }),
    // A control frame may come between fragments.
    ...(chance.oneIn(3) ? [frame(chance, PING, Buffer.alloc(0))] : []),
    frame(chance, chance.oneIn(10) ? TEXT : 0, data.subarray(at)),
  ];
  return Buffer.concat(chance.oneIn(6) ? parts.slice(0, -1) : parts);
}

/** Announces many bytes that never follow. */
function hugeHead(chance: Chance): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0xff;
  head.writeBigUInt64BE(BigInt(chance.below(2 ** 40)) << BigInt(chance.below(24)), 2);
  return head;
}

function frame(chance: Chance, opcode: number, data: Buffer, { first = 0x80, isMasked = true } = {}): Buffer {
  const { length } = data;
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = first | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([head, data]);
  const mask = chance.bytes(4);
  return Buffer.concat([head, mask, data.map((byte, at) => byte ^ mask[at % 4]!)]);
}
