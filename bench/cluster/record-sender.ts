import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pause } from '../../test/waiting.js';

/** A record with a key and a value in ASCII. */
export interface AsciiRecord {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
}

const PRODUCE = 0;
const VERSION = 7;
const TIMEOUT_MS = 10_000;
/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER. */
const STARTING = new Set([3, 5, 6]);
const MOST_TRIES = 100;
const RETRY_MS = 100;
const BATCH_HEADER_BYTES = 61;
/** Where the part begins that the checksum covers. */
const CHECKED_FROM = 21;

/**
 * Sends records to a broker, one request at a time. A client of Kafka takes as much processor time for a record as a contender does, and would be
 * what is measured.
 *
 * Source: https://kafka.apache.org/protocol#The_Messages_Produce, https://kafka.apache.org/documentation/#recordbatch
 */
export class RecordSender {
  readonly #topic: string;
  readonly #partitions: number;
  readonly #broker: string;
  #socket: Socket | null = null;
  #answers: AsyncIterator<Buffer> | null = null;
  #bytes = Buffer.alloc(1 << 20);
  #requests = 0;

  constructor(broker: string, topic: string, partitions: number) {
    this.#broker = broker;
    this.#topic = topic;
    this.#partitions = partitions;
  }

  async connect(): Promise<void> {
    const { hostname: host, port } = new URL(`kafka://${this.#broker}`);
    const socket = connect({ host, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    this.#socket = socket;
    this.#answers = frames(socket);
  }

  /** Resolves when the broker has them. @throws with the code of the error where it does not take them. */
  async send(records: readonly AsciiRecord[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const error = await this.#sendOnce(records);
      if (error === 0) return;
      // A topic that has just been made. What some partitions have taken already comes twice, which changes no price.
      if (!STARTING.has(error) || tries === MOST_TRIES)
        throw new Error(`The broker refuses records of ${this.#topic}: error ${error}.`);
      await pause(RETRY_MS);
    }
  }

  async #sendOnce(records: readonly AsciiRecord[]): Promise<number> {
    const byPartition = Array.from({ length: this.#partitions }, (): AsciiRecord[] => []);
    for (const record of records) byPartition[record.partition]!.push(record);
    const filled = [...byPartition.entries()].filter(([, each]) => each.length > 0);
    const room = records.reduce((sum, { key, value }) => sum + key.length + value.length + 32, 1024);
    if (this.#bytes.length < room) this.#bytes = Buffer.alloc(2 * room);
    const bytes = this.#bytes;
    let at = 4;
    at = bytes.writeInt16BE(PRODUCE, at);
    at = bytes.writeInt16BE(VERSION, at);
    at = bytes.writeInt32BE(++this.#requests, at);
    // No name of the client, and no transaction.
    at = bytes.writeInt16BE(-1, at);
    at = bytes.writeInt16BE(-1, at);
    at = bytes.writeInt16BE(1, at);
    at = bytes.writeInt32BE(TIMEOUT_MS, at);
    at = bytes.writeInt32BE(1, at);
    at = bytes.writeInt16BE(this.#topic.length, at);
    at += bytes.write(this.#topic, at, 'latin1');
    at = bytes.writeInt32BE(filled.length, at);
    for (const [partition, each] of filled) {
      at = bytes.writeInt32BE(partition, at);
      const end = writeBatch(bytes, at + 4, each);
      bytes.writeInt32BE(end - at - 4, at);
      at = end;
    }
    bytes.writeInt32BE(at - 4, 0);
    // Copied, since the socket may send it after the next one was written.
    this.#socket!.write(Buffer.from(bytes.subarray(0, at)));
    const { value: answer, done } = (await this.#answers!.next()) as IteratorResult<Buffer, undefined>;
    if (done) throw new Error(`The broker has closed the connection of the sender of ${this.#topic}.`);
    return errorOf(answer, this.#topic);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

// Behind the number of the request: one topic with its partitions.
function errorOf(answer: Buffer, topic: string): number {
  let at = 4 + 4 + 2 + topic.length;
  const partitions = answer.readInt32BE(at);
  at += 4;
  for (let n = 0; n < partitions; n++, at += 4 + 2 + 8 + 8 + 8) {
    const error = answer.readInt16BE(at + 4);
    if (error !== 0) return error;
  }
  return 0;
}

async function* frames(socket: Socket): AsyncGenerator<Buffer, undefined> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
      const end = 4 + waiting.readInt32BE(0);
      yield waiting.subarray(4, end);
      waiting = waiting.subarray(end);
    }
  }
  return undefined;
}

function writeBatch(bytes: Buffer, start: number, records: readonly AsciiRecord[]): number {
  let at = start + BATCH_HEADER_BYTES;
  for (let n = 0; n < records.length; n++) {
    const { key, value } = records[n]!;
    const size = 3 + sizeOf(n) + sizeOf(key.length) + key.length + sizeOf(value.length) + value.length;
    at = writeVarint(bytes, at, size);
    // No attributes, and the time of the batch.
    bytes[at++] = 0;
    bytes[at++] = 0;
    at = writeVarint(bytes, at, n);
    at = writeVarint(bytes, at, key.length);
    at += bytes.write(key, at, 'latin1');
    at = writeVarint(bytes, at, value.length);
    at += bytes.write(value, at, 'latin1');
    // No headers.
    bytes[at++] = 0;
  }
  const now = BigInt(Date.now());
  bytes.writeBigInt64BE(0n, start);
  bytes.writeInt32BE(at - start - 12, start + 8);
  bytes.writeInt32BE(-1, start + 12);
  bytes[start + 16] = 2;
  bytes.writeInt16BE(0, start + 21);
  bytes.writeInt32BE(records.length - 1, start + 23);
  bytes.writeBigInt64BE(now, start + 27);
  bytes.writeBigInt64BE(now, start + 35);
  // No idempotent producer.
  bytes.fill(0xff, start + 43, start + 57);
  bytes.writeInt32BE(records.length, start + 57);
  bytes.writeUInt32BE(crc32c(bytes, start + CHECKED_FROM, at), start + 17);
  return at;
}

// Zigzag: of numbers from 0 on, twice the number.
function sizeOf(value: number): number {
  return value < 64 ? 1 : value < 8192 ? 2 : value < 1_048_576 ? 3 : 4;
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = value * 2;
  for (; left > 0x7f; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function crc32c(bytes: Buffer, from: number, to: number): number {
  let crc = 0xffffffff;
  for (let at = from; at < to; at++) crc = CRC_TABLE[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
