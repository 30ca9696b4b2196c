import type { Clock } from '../clock.js';
import { ReportLimit, errorReporter, type ErrorReporterOptions } from '../error-reporter.js';
import { TickmarkError, quote } from '../errors.js';
import { PriceRejectedError, type PriceRejection, type PriceUpdate } from '../prices/price-update.js';
import { ACCEPTED_DETAILS, type PriceDetailName } from '../prices/usable-details.js';

/** Counts rejected updates by reason and dropped details by name, and reports one of each in a minute. */
export class PriceRejections {
  /** All rejected updates. */
  count = 0;
  readonly #byReason: Partial<Record<PriceRejection, number>> = {};
  readonly #droppedDetails: Partial<Record<PriceDetailName, number>> = {};
  readonly #clock: Clock;
  readonly #limit: ReportLimit;
  /** `null` if nobody receives errors: then none is created. */
  readonly #report: ((error: TickmarkError) => void) | null;

  constructor(clock: Clock, receivers: ErrorReporterOptions) {
    const hasReceiver = receivers.onError !== undefined || receivers.logger !== undefined;
    this.#clock = clock;
    this.#limit = new ReportLimit(clock);
    this.#report = hasReceiver ? errorReporter(receivers) : null;
  }

  /** Counts and reports an update. */
  add(reason: PriceRejection, update: unknown): void {
    this.count++;
    this.#byReason[reason] = (this.#byReason[reason] ?? 0) + 1;
    if (this.#report && this.#limit.isDue(reason))
      this.#report(new PriceRejectedError(reason, update, this.#clock.now()));
  }

  /** Counts and reports a detail of an update whose price is taken. */
  dropDetail(name: PriceDetailName, value: unknown, { symbol, price }: PriceUpdate): void {
    this.#droppedDetails[name] = (this.#droppedDetails[name] ?? 0) + 1;
    if (!this.#report || !this.#limit.isDue(`detail ${name}`)) return;
    const message =
      `Price update of ${quote(symbol)}: ${name} ${quote(value)} was dropped, and the price ${quote(price)} was taken. ` +
      `Accepted is ${ACCEPTED_DETAILS[name]}, or nothing. More of these are counted in stats().droppedDetails, and reported once a minute.`;
    this.#report(new TickmarkError('DETAIL_DROPPED', message));
  }

  /** How many updates were rejected, by reason. */
  byReason(): Readonly<Partial<Record<PriceRejection, number>>> {
    return { ...this.#byReason };
  }

  /** How many details were dropped, by name. */
  droppedDetails(): Readonly<Partial<Record<PriceDetailName, number>>> {
    return { ...this.#droppedDetails };
  }
}
