import { sleep, type Clock } from '../../core/clock.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';

/** What a {@link StreamWatcher} works with. */
export interface StreamWatcherOptions {
  readonly clock: Clock;
  /** A stream of its own, to which an entry is added to interrupt a wait. */
  readonly wakeKey: string;
  /** Longest wait of one command, ms: shorter than a ping waits for its answer. */
  readonly blockMs: number;
  /** Streams that have someone with room for more, each with the last id that was seen. */
  readonly streams: () => ReadonlyMap<string, string>;
  /** Streams have new entries, up to that id at least. Settles when all that have room have read. */
  readonly onNewEntries: (news: ReadonlyMap<string, string>) => Promise<void>;
}

/**
 * Waits for new entries of all streams of a bus with one blocking read on a connection of its own. What it hears is only that
 * there is something: each subscription reads for itself, as much as it has room for.
 */
export class StreamWatcher {
  readonly #options: StreamWatcherOptions;
  #wakeId = '0-0';
  #isWaiting = false;

  constructor(options: StreamWatcherOptions) {
    this.#options = options;
  }

  /** Waits on a connection until that is down. */
  async run(connection: RedisConnection, link: RedisLink): Promise<void> {
    while (link.connection === connection) {
      try {
        await this.#wait(connection);
      } catch (error) {
        link.fail(connection, error);
      }
    }
  }

  /** Interrupts the wait, since the streams to wait for have changed. */
  interrupt(connection: RedisConnection | null): void {
    if (!this.#isWaiting || !connection) return;
    const { wakeKey } = this.#options;
    const key = { key: wakeKey };
    // Without it the wait ends by itself a little later.
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
    const { wakeKey, blockMs, streams, onNewEntries: onNews } = this.#options;
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
    if (news.size > 0) await onNews(news);
    // A server that answers at once all the time must not keep this process from everything else.
    else if (reply !== null) await sleep(this.#options.clock, 1);
  }
}
