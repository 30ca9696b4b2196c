import { sleep, type Clock } from '../../core/clock.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';

/** Options of {@link StreamWatcher}. */
export interface StreamWatcherOptions {
  readonly clock: Clock;
  /** A stream of this bus alone; an entry added to it interrupts the blocking read. */
  readonly wakeKey: string;
  /** Longest blocking read, ms; shorter than the time limit of a ping. */
  readonly blockMs: number;
  /** Streams of subscriptions that have room, each with the last id seen. */
  readonly streams: () => ReadonlyMap<string, string>;
  /** Streams have new entries, up to at least the given id. Settles when subscriptions with room have read them. */
  readonly onNewEntries: (news: ReadonlyMap<string, string>) => Promise<void>;
}

/**
 * Waits for new entries in all streams of a bus, with one blocking read on its own connection. It only learns that there are new
 * entries: each subscription reads them itself, as far as it has room.
 */
export class StreamWatcher {
  readonly #options: StreamWatcherOptions;
  #wakeId = '0-0';
  #isWaiting = false;

  constructor(options: StreamWatcherOptions) {
    this.#options = options;
  }

  /** Watches over a connection until it is down. */
  async run(connection: RedisConnection, link: RedisLink): Promise<void> {
    while (link.connection === connection) {
      try {
        await this.#wait(connection);
      } catch (error) {
        link.fail(connection, error);
      }
    }
  }

  /** Interrupts the blocking read, because the streams to watch have changed. */
  interrupt(connection: RedisConnection | null): void {
    if (!this.#isWaiting || !connection) return;
    const { wakeKey } = this.#options;
    const key = { key: wakeKey };
    // If this fails, the blocking read ends by itself a little later.
    connection
      .pipeline(
        [
          ['XADD', wakeKey, 'MAXLEN', '1', '*', 'w', ''],
          ['PEXPIRE', wakeKey, '60000'],
        ],
        key,
      )
      .catch(() => undefined);
  }

  async #wait(connection: RedisConnection): Promise<void> {
    const { wakeKey, blockMs, streams, onNewEntries } = this.#options;
    const ids = new Map([[wakeKey, this.#wakeId], ...streams()]);
    const block = [
      'XREAD',
      'COUNT',
      '1',
      'BLOCK',
      String(blockMs),
      'STREAMS',
      ...ids.keys(),
      ...ids.values(),
    ];
    this.#isWaiting = true;
    let reply: unknown;
    try {
      reply = await connection.command(block, { key: wakeKey, buffers: true });
    } finally {
      this.#isWaiting = false;
    }
    const news = new Map<string, string>();
    for (const [key, entries] of (reply ?? []) as Array<[Buffer, Array<[Buffer, unknown]>]>) {
      const id = String(entries.at(-1)![0]);
      if (String(key) === wakeKey) this.#wakeId = id;
      else news.set(String(key), id);
    }
    if (news.size > 0) await onNewEntries(news);
    // A server that always answers at once must not keep this process busy.
    else if (reply !== null) await sleep(this.#options.clock, 1);
  }
}
