import type { Clock } from './clock.js';

const REPEATED_AFTER_MS = 60_000;

/** Which reports are due. One that is repeated, such as that of a step that is retried, is due at most once a minute. */
export class ReportLimit {
  readonly #clock: Clock;
  readonly #reportedAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a report of this content is due. It then counts as made. */
  isDue(content: string): boolean {
    const now = this.#clock.now();
    for (const [each, at] of this.#reportedAt)
      if (now - at >= REPEATED_AFTER_MS) this.#reportedAt.delete(each);
    if (this.#reportedAt.has(content)) return false;
    this.#reportedAt.set(content, now);
    return true;
  }
}
