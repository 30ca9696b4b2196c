// 24.8 days: longer timers of Node and of browsers fire at once.
const LONGEST_MS = 2 ** 31 - 1;

/** A delay that timers can take: whoever needs longer sets the next one when this one fires. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST_MS);
}
