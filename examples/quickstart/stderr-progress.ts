const LEAST_MS = 1000;

/** Lines of progress on stderr, where stdout is for values. */
export class StderrProgress {
  #toldAt = -Infinity;

  /** At most one a second; those in between are left out. */
  tell(progress: string): void {
    if (performance.now() - this.#toldAt < LEAST_MS) return;
    this.#toldAt = performance.now();
    this.write(progress);
  }

  /** In any case. */
  write(progress: string): void {
    process.stderr.write(`${progress}\n`);
  }
}
