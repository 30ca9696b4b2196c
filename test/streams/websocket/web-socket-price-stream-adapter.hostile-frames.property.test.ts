import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../../src/core/random.js';
import { hostileFrames } from '../../../src/streams/websocket/conformance/hostile-frames.js';
import { seed, sized } from '../../sizes.js';
import { until } from '../../waiting.js';
import { RealStream } from './real-stream.js';

const SAMPLES = [
  '{"e":"trade","E":1,"s":"AAA","t":1,"p":"1.50000000","q":"1.00000000","T":1,"m":true,"M":true}',
  '{"u":7,"s":"AAA","b":"1.50000000","B":"1.00000000","a":"1.60000000","A":"1.00000000"}',
  '{"stream":"aaa@trade","data":{"e":"trade","E":1,"s":"AAA","t":1,"p":"1.5","q":"1.0","T":1,"m":true,"M":true}}',
  '{"result":null,"id":1}',
  '{"error":{"code":2,"msg":"Invalid request"},"id":1}',
];
const SHORT = [...hostileFrames(SAMPLES)].filter((frame) => frame.length < 10_000);
const LONG = [...hostileFrames(SAMPLES)].filter((frame) => frame.length >= 10_000);
const CHARACTERS = '{}[]":,0123456789.eE-+\\u\u0000\ud800\ufffdnulltrue stpTbaue';

const FRAMES = sized({ quick: 5000, gate: 30_000, full: 100_000 });
/** Frames under way at the same time. */
const AT_ONCE = 500;

test('counts every malformed frame, stays connected and throws nothing', async () => {
  const random = seededRandom(seed);
  const stream = await RealStream.start({ clock: new FakeClock() });
  stream.hush();
  const { server, adapter } = stream;
  try {
    const before = adapter.stats();
    const [client] = server.clients;
    const longEvery = Math.ceil(FRAMES / LONG.length);
    const arrived = (frames: number): Promise<number> =>
      until(`${frames} frames`, () => adapter.stats().frames >= before.frames + frames, { everyMs: 0 });
    let bytes = 0;
    for (let sent = 0; sent < FRAMES; sent++) {
      if (sent % AT_ONCE === 0) await arrived(sent);
      const frame = sent % longEvery === 0 ? LONG[sent / longEvery]! : mangled(random);
      // Lone surrogates are sent as the bytes that some encoders make of them, which are not UTF-8.
      const data = typeof frame === 'string' ? wtf8(frame) : frame;
      client!.wire!.webSocket.send(data, { binary: typeof frame !== 'string' });
      bytes += data.length;
    }
    client!.wire!.webSocket.send(Buffer.alloc(2 * 1024 * 1024, 0x20), { binary: false });
    stream.tick();
    await arrived(FRAMES + 1 + stream.symbols.length);
    const stats = adapter.stats();
    expect(stats).toMatchObject({ reconnects: 0, rotations: 0, unexplained: 0 });
    expect(stats.rejected['too-big']).toBe(1);
    expect(stats.rejected['decoder-threw']).toBeUndefined();
    expect(stats.bytes - before.bytes).toBeGreaterThanOrEqual(bytes);
    expect(server.accepted).toBe(1);
    expect(adapter.getStatus().state).toBe('subscribed');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  } finally {
    await stream.close();
  }
});

function mangled(random: () => number): string | Uint8Array {
  const frame = SHORT[Math.floor(random() * SHORT.length)]!;
  if (typeof frame !== 'string' || random() < 0.3 || frame === '') return frame;
  const at = Math.floor(random() * frame.length);
  const character = CHARACTERS[Math.floor(random() * CHARACTERS.length)]!;
  return frame.slice(0, at) + character + frame.slice(at + (random() < 0.5 ? 1 : 0));
}

function wtf8(text: string): Buffer {
  if (!/[\ud800-\udfff]/.test(text)) return Buffer.from(text);
  const parts = [...text].map((each) =>
    /^[\ud800-\udfff]$/.test(each) ? Buffer.from([0xed, 0xa0, 0x80]) : Buffer.from(each),
  );
  return Buffer.concat(parts);
}
