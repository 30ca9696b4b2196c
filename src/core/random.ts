/** Port: a source of random numbers in [0, 1). With a seeded source, a run can be repeated. */
export type RandomSource = () => number;

/**
 * Creates a seeded source of random numbers: mulberry32, a 32-bit generator by Tommy Ettinger in the public domain. Good enough for
 * simulated ticks and jitter, not for secrets.
 *
 * @example
 * ```ts
 * import { seededRandom } from 'tickmark';
 *
 * const random = seededRandom(42);
 * random(); // the same number in every run
 * ```
 */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Random numbers that are different in each run. */
export const systemRandom: RandomSource = () => Math.random();

/** A random number with the standard normal distribution, by the Box-Muller transform. */
export function normal(random: RandomSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
