import { pause } from '../waiting.js';

/** What goes on beside the work of a test, again and again. */
export interface Activity {
  readonly everyMs: number;
  readonly step: () => Promise<void>;
}

/**
 * Does the work while activities go on beside it, and ends them after it. One that fails fails the work at once: else a test would wait, for as
 * long as it may, for what no longer comes, and would not say why.
 */
export async function meanwhile<Result>(
  activities: readonly Activity[],
  work: () => Promise<Result>,
): Promise<Result> {
  let isOver = false;
  const running = activities.map(async ({ everyMs, step }) => {
    for (; !isOver; await pause(everyMs)) await step();
  });
  const ended = Promise.all(running);
  const failed = ended.then(() => new Promise<never>(() => undefined));
  try {
    const result = await Promise.race([work(), failed]);
    isOver = true;
    await ended;
    return result;
  } finally {
    isOver = true;
    await Promise.allSettled(running);
  }
}
