import { sized } from './sizes.js';

/** Ends what hangs. Nothing that is only slow on a busy machine takes as long. */
export const HUNG_AFTER_MS = 60_000;

/**
 * For tests that start a process, a database or a browser: by far longer than these take on a busy machine, at the size of this run.
 * `describe(…, { timeout: SLOW_TEST_MS }, …)`
 */
export const SLOW_TEST_MS = sized({ quick: 240_000, gate: 1_200_000, full: 3_600_000 });

/** Waits in real time. Only for work that has to take a while; never to give something else the time to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits until a condition holds, and answers how many ms that took.
 *
 * @param what Named in the error.
 * @throws When it does not hold after a minute.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { everyMs = 5, hungAfterMs = HUNG_AFTER_MS } = {},
): Promise<number> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > hungAfterMs) throw new Error(`Not within ${hungAfterMs} ms: ${what}`);
    await pause(everyMs);
  }
  return performance.now() - start;
}
