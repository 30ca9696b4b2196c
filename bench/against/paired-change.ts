import { spread } from '../harness.js';

/** What one pair of runs found, in the same unit. */
export interface Pair {
  readonly older: number;
  readonly newer: number;
}

/** By how many percent the newer side needs more than the older; below zero it needs less. */
export interface Change {
  readonly median: number;
  /** Bounds of the confidence interval of the median. */
  readonly low: number;
  readonly high: number;
  /** The chance that such an interval holds the true median: 0.95 at least. */
  readonly confidence: number;
}

const CONFIDENCE = 0.95;

/** The fewest pairs that give an interval: of five, even the least and the greatest hold the median too seldom. */
export const FEWEST_PAIRS = 6;

/**
 * The median of the paired ratios newer / older, with its confidence interval from the sign test: the k-th least and the k-th
 * greatest ratio, with the greatest k that is still sure enough. How ratios are distributed does not matter. Source: W. R. Thompson,
 * "On confidence ranges for the median and other expectation distributions for populations of unknown distribution form", Annals of
 * Mathematical Statistics 7 (1936), pages 122-128.
 */
export function pairedChange(pairs: readonly Pair[]): Change {
  if (pairs.length < FEWEST_PAIRS)
    throw new RangeError(`${pairs.length} pairs were given; ${FEWEST_PAIRS} are the fewest.`);
  const logs = pairs.map(({ older, newer }) => Math.log(newer / older)).sort((a, b) => a - b);
  if (!logs.every(Number.isFinite))
    throw new RangeError('A pair has a figure that is not a number above zero.');
  const { rank, confidence } = signTestRank(logs.length);
  const percent = (log: number) => Math.expm1(log) * 100;
  return {
    median: percent(spread(logs).median),
    low: percent(logs[rank - 1]!),
    high: percent(logs[logs.length - rank]!),
    confidence,
  };
}

/** The greatest rank from both ends whose interval holds the median in 95 of 100 cases: 3 of 12 samples, which gives 96.1 %. */
export function signTestRank(samples: number): { rank: number; confidence: number } {
  // The chance of fewer than `rank` heads of `samples` fair coins.
  let below = 0;
  let chance = 0.5 ** samples;
  for (let rank = 1; ; rank++) {
    const next = below + chance;
    if (1 - 2 * next < CONFIDENCE) return { rank: rank - 1, confidence: 1 - 2 * below };
    below = next;
    chance *= (samples - rank + 1) / rank;
  }
}

/** Whether a change is within `percent`: no worse at the median, and the upper bound below twice that. */
export function isWithin({ median, high }: Change, percent: number): boolean {
  return median <= percent && high < 2 * percent;
}
