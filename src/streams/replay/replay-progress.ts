import type { Clock } from '../../core/clock.js';

/** Progress of a replay. */
export interface ReplayProgress {
  /** Path of the file that is being replayed. */
  readonly file: string;
  /** Bytes read from disk, of all files; somewhat ahead of the delivered messages. */
  readonly bytesRead: number;
  /** Bytes on disk, of all files. */
  readonly bytesTotal: number;
  /** `bytesRead` of `bytesTotal`, 0 to 100. */
  readonly percent: number;
  /** Lines read. */
  readonly lines: number;
  /** Messages delivered by this adapter. */
  readonly messages: number;
}

const MIN_INTERVAL_MS = 250;
const MIN_PERCENT = 1;

/** Reports progress after 250 ms or 1 %, whichever comes first, and at the end. */
export class ProgressReporter {
  readonly #clock: Clock;
  readonly #onProgress: (progress: ReplayProgress) => void;
  #reportedAt: number;
  #reportedPercent = 0;

  constructor(clock: Clock, onProgress: (progress: ReplayProgress) => void) {
    this.#clock = clock;
    this.#onProgress = onProgress;
    this.#reportedAt = clock.monotonic();
  }

  /** Reports, if it is time. */
  report(progress: Omit<ReplayProgress, 'percent'>, isEnd = false): void {
    const { bytesRead, bytesTotal } = progress;
    const percent = isEnd || bytesTotal === 0 ? 100 : Math.min(100, (100 * bytesRead) / bytesTotal);
    const now = this.#clock.monotonic();
    if (!isEnd && now - this.#reportedAt < MIN_INTERVAL_MS && percent - this.#reportedPercent < MIN_PERCENT)
      return;
    this.#reportedAt = now;
    this.#reportedPercent = percent;
    this.#onProgress({ ...progress, percent });
  }
}
