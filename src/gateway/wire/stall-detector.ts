/**
 * Detects a reader that does not take what it was sent. A byte now and then does not help it: everything written before a check has to
 * have left the process within the time limit.
 */
export class StallDetector {
  readonly #limitMs: number;
  /** Bytes written so far. */
  #written = 0;
  /** Bytes that had been written when the check began, at a time on the monotonic clock. */
  #check: { readonly written: number; readonly at: number } | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Counts written bytes. */
  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /** Whether bytes have waited for too long. @param buffered Bytes that have not left. @param now On the monotonic clock. */
  isStalled(buffered: number, now: number): boolean {
    const left = this.#written - buffered;
    if (buffered === 0) this.#check = null;
    else if (!this.#check || left >= this.#check.written) this.#check = { written: this.#written, at: now };
    else return now - this.#check.at >= this.#limitMs;
    return false;
  }
}
