import type { Clock } from '../../core/clock.js';
import { ReportLimit } from '../../core/error-reporter.js';
import { TickmarkError } from '../../core/errors.js';
import {
  PriceRejectedError,
  updateFault,
  type PriceRejection,
  type PriceUpdate,
} from '../../core/prices/price-update.js';

/** What was received from a source, and what the decoder made of it. */
export interface DecodingStats {
  /** Bytes received: of frames before compression, of HTTP bodies after it. */
  readonly bytes: number;
  /** Prices decoded. One frame, event or response may carry many. */
  readonly prices: number;
  /** Frames, events or responses without a price that the decoder recognized, by kind. */
  readonly control: Readonly<Record<string, number>>;
  /** What could not be used, by reason. `decoder-threw`: the decoder threw an error. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Frames, events or responses that the decoder did not account for. Above 0, the decoder has a bug. */
  readonly unexplained: number;
}

/** Where input that cannot be used is reported, once a minute for each reason. */
export interface DecodingReports {
  /** Name of the source. */
  readonly name: string;
  readonly clock: Clock;
  readonly report: (error: TickmarkError) => void;
}

/** Counts what a source sent and what its decoder made of it. */
export class DecodingCounts {
  /** Prices so far. Callers that have checked an update themselves add to it directly. */
  prices = 0;
  #frames = 0;
  #bytes = 0;
  #unexplained = 0;
  // Whatever accounts for a frame adds to this or to `prices`.
  #others = 0;
  readonly #control = new Map<string, number>();
  readonly #rejected = new Map<string, number>();
  readonly #reports: DecodingReports | undefined;
  readonly #limit: ReportLimit | undefined;

  /** @param reports Default: what cannot be used is only counted. */
  constructor(reports?: DecodingReports) {
    this.#reports = reports;
    this.#limit = reports && new ReportLimit(reports.clock);
  }

  /** Frames, or chunks of a body, received so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Calls so far that account for something. */
  get explained(): number {
    return this.prices + this.#others;
  }

  /** Counts a frame, or a chunk of a body. */
  received(bytes: number): void {
    this.#frames++;
    this.#bytes += bytes;
  }

  /**
   * Runs `decode`, which must account for one frame, event or response by calling the other methods.
   * @param onThrown Gets what it throws. Default: it is reported.
   * @returns whether it threw.
   */
  explain(decode: () => void, onThrown?: (cause: unknown) => void): boolean {
    const before = this.explained;
    let hasThrown = false;
    try {
      decode();
    } catch (error) {
      hasThrown = true;
      if (onThrown) this.failed('decoder-threw');
      else this.threw(error);
      onThrown?.(error);
    }
    if (this.explained === before) this.#unexplained++;
    return hasThrown;
  }

  /** Whether an update is valid. Counts it as a price, or as rejected for the reason that `PriceRejection` names. */
  accepts(update: PriceUpdate): boolean {
    const fault = updateFault(update, true);
    if (fault === null) this.prices++;
    else this.refused(fault, update);
    return fault === null;
  }

  /** Counts something that was recognized and carries no price. */
  control(kind: string): void {
    this.#others++;
    this.#control.set(kind, (this.#control.get(kind) ?? 0) + 1);
  }

  /** Counts and reports something that cannot be used. */
  rejected(reason: string): void {
    this.failed(reason);
    this.#tell(reason, () => this.#unusable(reason));
  }

  /** Counts and reports an update that is none. */
  refused(fault: PriceRejection, update: PriceUpdate): void {
    this.failed(fault);
    this.#tell(fault, ({ clock }) => new PriceRejectedError(fault, update, clock.now()));
  }

  /** Counts and reports that the decoder threw. Its error is the cause, as its message may have anything in it. */
  threw(cause: unknown): void {
    this.failed('decoder-threw');
    this.#tell('decoder-threw', () => this.#unusable('decoder-threw', cause));
  }

  /** Counts something that cannot be used, and that its caller reports. */
  failed(reason: string): void {
    this.#others++;
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  #unusable(reason: string, cause?: unknown): TickmarkError {
    const message =
      `${this.#reports!.name}: a part of what was received cannot be used (${reason}). ` +
      'More of these are counted in stats().rejected, and reported once a minute.';
    return new TickmarkError('MALFORMED_INPUT', message, { cause });
  }

  #tell(reason: string, error: (reports: DecodingReports) => TickmarkError): void {
    if (this.#reports && this.#limit!.isDue(reason)) this.#reports.report(error(this.#reports));
  }

  /** Counters so far. */
  stats(): DecodingStats {
    return {
      bytes: this.#bytes,
      prices: this.prices,
      control: Object.fromEntries(this.#control),
      rejected: Object.fromEntries(this.#rejected),
      unexplained: this.#unexplained,
    };
  }
}
