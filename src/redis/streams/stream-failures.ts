import type { Clock } from '../../core/clock.js';
import { TickmarkError, quote } from '../../core/errors.js';
import { redisErrorName } from '../redis-error.js';

const REPORT_EVERY_MS = 60_000;

/** Reports steps that fail and are retried: the same step with the same reason at most once a minute, however often it is retried. */
export class StreamFailures {
  readonly #clock: Clock;
  readonly #report: (error: TickmarkError) => void;
  readonly #reportedAt = new Map<string, number>();

  constructor(clock: Clock, report: (error: TickmarkError) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * A step failed, and will be retried.
   *
   * @param what Such as `'Reading'`.
   * @param type Type of the events.
   */
  report(what: string, type: string, cause: unknown): void {
    const key = JSON.stringify([what, type, cause instanceof Error ? redisErrorName(cause) : null]);
    const now = this.#clock.now();
    for (const [each, at] of this.#reportedAt) {
      if (now - at >= REPORT_EVERY_MS) this.#reportedAt.delete(each);
    }
    if (this.#reportedAt.has(key)) return;
    this.#reportedAt.set(key, now);
    const message = `RedisStreamEventBus: ${what} of ${quote(type)} failed; it will be retried.`;
    this.#report(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
  }
}
