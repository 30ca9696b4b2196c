import type { DomainEvent } from '../../core/messaging/event-bus.js';
import type { RedisBusParts } from '../redis-bus-options.js';
import type { RedisConnection } from '../redis-connection.js';
import { entryFields } from './stream-cursor.js';
import type { StreamKeys } from './stream-keys.js';
import { APPEND } from './stream-scripts.js';

/** Appends events to their streams: all of a list, or none. */
export class StreamAppender {
  readonly #parts: RedisBusParts;
  readonly #keys: StreamKeys;
  readonly #maxLength: string;

  constructor(parts: RedisBusParts, keys: StreamKeys, maxLength: number) {
    this.#parts = parts;
    this.#keys = keys;
    this.#maxLength = String(maxLength);
  }

  /** @throws TickmarkError `INVALID_ARGUMENT`, `MESSAGE_TOO_LARGE` for an event that cannot be encoded. */
  async append(connection: RedisConnection, events: readonly DomainEvent[]): Promise<void> {
    const { codecs, source } = this.#parts;
    const keys = events.map((event) => this.#keys.events(event.type));
    const messages = events.map((event) => codecs.encode(event, { source, sequence: null }));
    const key = keys[0]!;
    // By its source, not its hash: after a NOSCRIPT error, events sent later would overtake these.
    const command =
      events.length === 1
        ? ['XADD', key, 'MAXLEN', '~', this.#maxLength, '*', ...entryFields(messages[0]!)]
        : ['EVAL', APPEND, String(keys.length), ...keys, this.#maxLength, ...messages];
    await connection.command(command, { key });
  }
}
