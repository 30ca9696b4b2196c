import type { RedisArgument, RedisScript } from '../redis-commands.js';
import type { RedisConnection } from '../redis-connection.js';
import {
  CLAIM,
  RENEW,
  DELETE_CONSUMER,
  CREATE_GROUP,
  READ_GROUP,
  READ_TAIL,
  STREAM_END,
} from './stream-scripts.js';

/** An entry of a stream. */
export interface StreamEntry {
  readonly id: string;
  /** The message; `null` if the entry has none. */
  readonly message: Uint8Array | null;
  /** Deliveries to consumers, including this one. */
  readonly deliveries: number;
}

/** Result of a read. */
export interface StreamRead {
  readonly entries: readonly StreamEntry[];
  /** Entries trimmed before they were read; `null` if unknown. */
  readonly lost: number | null;
  /** Last id of the stream at the time of the read; `''` if unknown. */
  readonly last: string;
}

/** Position of a subscription in its stream. */
export interface StreamCursor {
  /** Name of the group, or `null`. */
  readonly group: string | null;
  /** Name of the consumer in its group, or `null`. */
  readonly consumer: string | null;
  /** Sets the position at the end of the stream, or joins the group. */
  open(connection: RedisConnection): Promise<void>;
  /** Reads up to `count` new entries. */
  read(connection: RedisConnection, count: number): Promise<StreamRead>;
  /** Claims entries that other consumers left idle for `idleMs`. */
  claim(connection: RedisConnection, idleMs: number, count: number): Promise<StreamRead>;
  /** Renews the claims on entries, and sets their number of deliveries unless it is 0. @returns The ids that other consumers hold. */
  renew(
    connection: RedisConnection,
    entries: ReadonlyArray<readonly [id: string, deliveries: number]>,
  ): Promise<readonly string[]>;
  /** Leaves the group. */
  leave(connection: RedisConnection): Promise<void>;
}

type RawEntry = [id: Buffer, fields: Buffer[], deliveries?: number];
const MESSAGE = 'e';
const NOTHING: StreamRead = { entries: [], lost: 0, last: '' };

/** Fields of an entry with a message. */
export const entryFields = (message: string | Uint8Array): RedisArgument[] => [MESSAGE, message];

function parseEntries(raw: readonly RawEntry[]): StreamEntry[] {
  return raw.map(([id, fields, deliveries = 1]) => ({
    id: String(id),
    message: String(fields[0]) === MESSAGE ? (fields[1] ?? null) : null,
    deliveries,
  }));
}

/** Runs a script, whose reply has messages in it: bytes, which are no text. */
async function run(
  connection: RedisConnection,
  { lua, sha }: RedisScript,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  const options = { key, buffers: true };
  try {
    return await connection.command(['EVALSHA', sha, '1', key, ...args], options);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return connection.command(['EVAL', lua, '1', key, ...args], options);
  }
}

/** A position kept in this process: every event from the end of the stream on. */
export class TailCursor implements StreamCursor {
  readonly group = null;
  readonly consumer = null;
  readonly #key: string;
  #id = '';
  #entriesBefore = -1;

  constructor(key: string) {
    this.#key = key;
  }

  async open(connection: RedisConnection): Promise<void> {
    if (this.#id !== '') return;
    const [id, place] = (await run(connection, STREAM_END, this.#key, [])) as [Buffer, number];
    this.#entriesBefore = place;
    this.#id = String(id);
  }

  async read(connection: RedisConnection, count: number): Promise<StreamRead> {
    const args = [this.#id, String(this.#entriesBefore), String(count)];
    const reply = await run(connection, READ_TAIL, this.#key, args);
    const [lost, last, raw, place] = reply as [number, Buffer, RawEntry[], number];
    if (this.#id !== '0-0' && (last.length === 0 || isBefore(String(last), this.#id))) {
      // The stream was deleted and created again: all its entries are new.
      this.#id = '0-0';
      this.#entriesBefore = 0;
      return { entries: [], lost: null, last: '' };
    }
    const entries = parseEntries(raw);
    this.#id = entries.at(-1)?.id ?? this.#id;
    this.#entriesBefore = place;
    return { entries, lost: lost < 0 ? null : lost, last: String(last) };
  }

  claim(): Promise<StreamRead> {
    return Promise.resolve(NOTHING);
  }

  renew(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }
}

/** A consumer of a group, which shares its events among its consumers. */
export class GroupCursor implements StreamCursor {
  readonly group: string;
  readonly #key: string;
  readonly consumer: string;
  #claimFrom = '0-0';

  constructor(key: string, group: string, consumer: string) {
    this.#key = key;
    this.group = group;
    this.consumer = consumer;
  }

  async open(connection: RedisConnection): Promise<void> {
    await run(connection, CREATE_GROUP, this.#key, [this.group]);
  }

  async read(connection: RedisConnection, count: number): Promise<StreamRead> {
    try {
      const reply = await run(connection, READ_GROUP, this.#key, [...this.#groupAndConsumer, String(count)]);
      const [lost, last, raw] = reply as [number, Buffer, RawEntry[]];
      return { entries: parseEntries(raw), lost, last: String(last) };
    } catch (error) {
      if (!(error as Error).message.includes('NOGROUP')) throw error;
      // The stream was deleted with its groups. The new group starts at its first entry.
      await connection.command(['XGROUP', 'CREATE', this.#key, this.group, '0', 'MKSTREAM'], {
        key: this.#key,
      });
      return { entries: [], lost: null, last: '' };
    }
  }

  async claim(connection: RedisConnection, idleMs: number, count: number): Promise<StreamRead> {
    const args = [...this.#groupAndConsumer, String(idleMs), this.#claimFrom, String(count)];
    const [next, raw, gone] = (await run(connection, CLAIM, this.#key, args)) as [Buffer, RawEntry[], number];
    this.#claimFrom = String(next);
    return { entries: parseEntries(raw), lost: gone, last: '' };
  }

  async renew(
    connection: RedisConnection,
    entries: ReadonlyArray<readonly [id: string, deliveries: number]>,
  ): Promise<readonly string[]> {
    if (entries.length === 0) return [];
    const args = entries.flatMap(([id, deliveries]) => [id, String(deliveries)]);
    const lost = await run(connection, RENEW, this.#key, [...this.#groupAndConsumer, ...args]);
    return (lost as Buffer[]).map(String);
  }

  async leave(connection: RedisConnection): Promise<void> {
    await run(connection, DELETE_CONSUMER, this.#key, this.#groupAndConsumer);
  }

  get #groupAndConsumer(): [string, string] {
    return [this.group, this.consumer];
  }
}

/** Whether an entry id comes before another. */
export function isBefore(id: string, other: string): boolean {
  const [ms, count] = id.split('-').map(Number) as [number, number];
  const [otherMs, otherCount] = other.split('-').map(Number) as [number, number];
  return ms === otherMs ? count < otherCount : ms < otherMs;
}
