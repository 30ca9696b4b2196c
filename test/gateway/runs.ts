import { isLong } from '../sizes.js';

/**
 * How often a property is tried: always the same cases where everything is run, so that what they have to reach is certain; many
 * more, and others each time, in the long tests.
 */
export function runs(few: number, many: number): { numRuns: number; seed?: number } {
  return isLong ? { numRuns: many } : { numRuns: few, seed: 20_260_829 };
}
