import type { Clock } from '../../core/clock.js';
import type { RedisConnection } from '../redis-connection.js';
import { redisErrorKind } from '../redis-error.js';

/** What a publisher says of messages that perhaps nobody has heard. */
export interface PossibleLoss {
  readonly types: readonly string[];
  /** The time in which they were sent, ms since 1970. */
  readonly from: number;
  readonly to: number;
}

/**
 * What a publisher has sent to a node that had become a replica was taken and, as far as it knows, heard by nobody. Once it is with
 * the new master, it tells all buses so. Times are told as durations: clocks differ.
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

  /** Notes that an event of a type is sent. */
  recordSent(type: string): void {
    this.#sentAt.set(type, this.#clock.now());
  }

  /** What was sent since then is in doubt. */
  markUncertain(since: number): void {
    this.#since = Math.min(this.#since ?? since, since);
  }

  /** Tells of what is in doubt, on a connection that is not. */
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

  /** Listens for the notices of other buses, where that is allowed. */
  async listen(connection: RedisConnection): Promise<void> {
    await connection.subscribe(this.#channel).catch((error: Error) => {
      if (redisErrorKind(error) !== 'permanent') throw error;
    });
  }

  /** Reads a message, if it is a notice; `null` for one that is not understood. */
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
