import type { DomainEvent } from '../../core/messaging/event-bus.js';
import type { RedisBusParts } from '../redis-bus-options.js';
import type { RedisConnection } from '../redis-connection.js';
import type { PossibleLosses } from './possible-losses.js';

/** Publishes events to the channels of their types, numbered by type: all of a list, or none. */
export class ChannelPublisher {
  readonly #parts: RedisBusParts;
  readonly #channelPrefix: string;
  readonly #losses: PossibleLosses;
  readonly #lastSequence = new Map<string, number>();

  constructor(parts: RedisBusParts, channelPrefix: string, losses: PossibleLosses) {
    this.#parts = parts;
    this.#channelPrefix = channelPrefix;
    this.#losses = losses;
  }

  /** @throws TickmarkError `INVALID_ARGUMENT`, `MESSAGE_TOO_LARGE` for an event that cannot be encoded. */
  async publish(connection: RedisConnection, events: readonly DomainEvent[]): Promise<void> {
    const { codecs, source } = this.#parts;
    const numbered = new Map<string, number>();
    const commands = events.map((event) => {
      const sequence = (numbered.get(event.type) ?? this.#lastSequence.get(event.type) ?? 0) + 1;
      const message = codecs.encode(event, { source, sequence });
      numbered.set(event.type, sequence);
      this.#losses.recordSent(event.type);
      return ['PUBLISH', this.#channelPrefix + event.type, message];
    });
    for (const [type, sequence] of numbered) this.#lastSequence.set(type, sequence);
    if (commands.length === 1) return void (await connection.command(commands[0]!));
    const outcomes = await connection.pipeline([['MULTI'], ...commands, ['EXEC']]);
    const executed = outcomes.at(-1)!;
    if (executed.status === 'rejected') throw executed.reason;
  }
}
