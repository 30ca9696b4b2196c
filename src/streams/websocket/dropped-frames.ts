import type { Clock } from '../../core/clock.js';
import { ReportLimit } from '../../core/error-reporter.js';
import { TickmarkError } from '../../core/errors.js';

/** What a {@link DroppedFrames} works with. */
export interface DroppedFramesOptions {
  readonly clock: Clock;
  /** Name of the venue. */
  readonly name: string;
  readonly encoding: string;
  readonly maxFrameBytes: number;
  readonly report: (error: TickmarkError) => void;
}

/** Reports frames that were dropped unread, at most once a minute for each reason. `stats().rejected` counts them. */
export class DroppedFrames {
  readonly #options: DroppedFramesOptions;
  readonly #limit: ReportLimit;

  constructor(options: DroppedFramesOptions) {
    this.#options = options;
    this.#limit = new ReportLimit(options.clock);
  }

  /** A frame was dropped. */
  dropped(reason: string): void {
    if (!this.#limit.isDue(reason)) return;
    const { name, report } = this.#options;
    const message = `${name}: a frame was dropped (${reason}): ${this.#why(reason)}. stats().rejected counts such frames.`;
    report(new TickmarkError('MALFORMED_INPUT', message));
  }

  #why(reason: string): string {
    const { encoding, maxFrameBytes } = this.#options;
    if (reason === 'bad-compression') return `it is not ${encoding}, which the encoding of the venue says`;
    if (reason === 'too-big')
      return `it has more than maxFrameBytes, ${maxFrameBytes}, or would have after it is decompressed`;
    return reason === 'overloaded' ? 'frames come faster than they can be decompressed' : 'it cannot be read';
  }
}
