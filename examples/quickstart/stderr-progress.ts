const LEAST_MS = 1000;

/** Progress lines on stderr, because stdout is for values. */
export class StderrProgress {
  #toldAt = -Infinity;

  /** Prints at most one line per second; skips the others. */
  tell(progress: string): void {
    if (performance.now() - this.#toldAt < LEAST_MS) return;
    this.#toldAt = performance.now();
    this.write(progress);
  }

  /** Prints in any case. */
  write(progress: string): void {
    process.stderr.write(`${progress}\n`);
  }
}
