import type { Clock } from '../clock.js';
import { errorReporter, type ErrorReporterOptions } from '../error-reporter.js';
import type { TickmarkError } from '../errors.js';
import { PriceRejectedError, type PriceRejection } from '../prices/price-update.js';

/** Counts rejected updates by reason, and reports each as a {@link PriceRejectedError}. */
export class PriceRejections {
  /** All rejected updates. */
  count = 0;
  readonly #byReason: Partial<Record<PriceRejection, number>> = {};
  readonly #clock: Clock;
  /** `null` if nobody receives errors: then none is created. */
  readonly #report: ((error: TickmarkError) => void) | null;

  constructor(clock: Clock, receivers: ErrorReporterOptions) {
    const hasReceiver = receivers.onError !== undefined || receivers.logger !== undefined;
    this.#clock = clock;
    this.#report = hasReceiver ? errorReporter(receivers) : null;
  }

  /** Counts and reports an update. */
  add(reason: PriceRejection, update: unknown): void {
    this.count++;
    this.#byReason[reason] = (this.#byReason[reason] ?? 0) + 1;
    this.#report?.(new PriceRejectedError(reason, update, this.#clock.now()));
  }

  /** How many updates were rejected, by reason. */
  byReason(): Readonly<Partial<Record<PriceRejection, number>>> {
    return { ...this.#byReason };
  }
}
