import type { Clock } from '../../core/clock.js';
import type { RedisConnection } from '../redis-connection.js';
import { redisErrorKind } from '../redis-error.js';

/** Messages that perhaps no subscriber has received. */
export interface PossibleLoss {
  readonly types: readonly string[];
  /** When they were sent, ms since 1970. */
  readonly from: number;
  readonly to: number;
}

/**
 * Messages that a publisher sent to a node which had become a replica were accepted, but perhaps never delivered. Once it is
 * connected to the new master, it announces them to all buses. Times are sent as durations, because clocks differ.
 */
export class PossibleLosses {
  readonly #channel: string;
  readonly #clock: Clock;
  readonly #sentAt = new Map<string, number>();
  #since: number | null = null;

  constructor(channel: string, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Records that an event of a type is being sent. */
  recordSent(type: string): void {
    this.#sentAt.set(type, this.#clock.now());
  }

  /** Delivery of what was sent since then is uncertain. */
  markUncertain(since: number): void {
    this.#since = Math.min(this.#since ?? since, since);
  }

  /** Announces the uncertain messages over a good connection. */
  async announce(connection: RedisConnection): Promise<void> {
    const since = this.#since;
    if (since === null) return;
    this.#since = null;
    const sent = [...this.#sentAt].filter(([, at]) => at >= since);
    if (sent.length === 0) return;
    const now = this.#clock.now();
    const last = Math.max(...sent.map(([, at]) => at));
    const notice = { types: sent.map(([type]) => type), fromAgo: now - since, toAgo: now - last };
    await connection.command(['PUBLISH', this.#channel, JSON.stringify(notice)]).catch((error: Error) => {
      if (redisErrorKind(error) !== 'permanent') this.markUncertain(since);
    });
  }

  /** Subscribes to the announcements of other buses, if permitted. */
  async listen(connection: RedisConnection): Promise<void> {
    await connection.subscribe(this.#channel).catch((error: Error) => {
      if (redisErrorKind(error) !== 'permanent') throw error;
    });
  }

  /** Parses an announcement; `null` if it is unreadable, `undefined` for any other message. */
  parse(channel: string, message: Uint8Array): PossibleLoss | null | undefined {
    if (channel !== this.#channel) return undefined;
    try {
      const { types, fromAgo, toAgo } = JSON.parse(new TextDecoder().decode(message)) as Record<
        string,
        unknown
      >;
      const isRight =
        Array.isArray(types) &&
        types.every((type) => typeof type === 'string') &&
        isDuration(fromAgo) &&
        isDuration(toAgo);
      const now = this.#clock.now();
      return isRight ? { types, from: now - fromAgo, to: now - toAgo } : null;
    } catch {
      return null;
    }
  }
}

function isDuration(given: unknown): given is number {
  return typeof given === 'number' && given >= 0 && given < 1e12;
}
