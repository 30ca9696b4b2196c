import type { Clock } from '../../core/clock.js';
import { ReportLimit } from '../../core/error-reporter.js';
import { TickmarkError, quote } from '../../core/errors.js';
import { redisErrorName } from '../redis-error.js';

/** Reports steps that fail and are retried: the same step with the same reason at most once a minute, however often it is retried. */
export class StreamFailures {
  readonly #limit: ReportLimit;
  readonly #report: (error: TickmarkError) => void;

  constructor(clock: Clock, report: (error: TickmarkError) => void) {
    this.#limit = new ReportLimit(clock);
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
    if (!this.#limit.isDue(key)) return;
    const message = `RedisStreamEventBus: ${what} of ${quote(type)} failed; it will be retried.`;
    this.#report(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
  }
}
