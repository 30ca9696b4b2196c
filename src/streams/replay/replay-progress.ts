import type { Clock } from '../../core/clock.js';

/** How far a replay has come. */
export interface ReplayProgress {
  /** The file being played. */
  readonly file: string;
  /** Bytes read from disk, over all files; somewhat ahead of what is delivered. */
  readonly bytesRead: number;
  /** Bytes on disk, over all files. */
  readonly bytesTotal: number;
  /** `bytesRead` of `bytesTotal`, 0 to 100. */
  readonly percent: number;
  /** Lines read. */
  readonly lines: number;
  /** Messages delivered by this adapter. */
  readonly messages: number;
}

const LEAST_MS = 250;
const LEAST_PERCENT = 1;

/** Decides when progress is worth telling: after 250 ms or 1 %, whichever comes first, and at the end. */
export class ProgressReporter {
  readonly #clock: Clock;
  readonly #tell: (progress: ReplayProgress) => void;
  #toldAt: number;
  #toldPercent = 0;

  constructor(clock: Clock, tell: (progress: ReplayProgress) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#toldAt = clock.monotonic();
  }

  /** Tells, if it is time. */
  report(progress: Omit<ReplayProgress, 'percent'>, isEnd = false): void {
    const { bytesRead, bytesTotal } = progress;
    const percent = isEnd || bytesTotal === 0 ? 100 : Math.min(100, (100 * bytesRead) / bytesTotal);
    const now = this.#clock.monotonic();
    if (!isEnd && now - this.#toldAt < LEAST_MS && percent - this.#toldPercent < LEAST_PERCENT) return;
    this.#toldAt = now;
    this.#toldPercent = percent;
    this.#tell({ ...progress, percent });
  }
}
