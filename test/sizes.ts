/**
 * How much the tests of a suite do. `quick` in `npm test` and `npm run test:services`, where a property takes at most 2 s; `gate` in
 * `.ci/run`, at most 20 s a property and 60 s a simulation; `full` when a suite is run by its own command.
 */
export type Size = 'quick' | 'gate' | 'full';

const SIZES: readonly string[] = ['quick', 'gate', 'full'] satisfies Size[];
const given = process.env.TICKMARK_SIZE ?? 'quick';
if (!SIZES.includes(given)) throw new Error(`TICKMARK_SIZE is "${given}"; accepted: ${SIZES.join(', ')}.`);

/** The size of this run. */
export const size = given as Size;

/** The one of the values that belongs to the size of this run. The gate does what the full run does unless told otherwise. */
export function sized<Value>(values: { quick: Value; gate?: Value; full: Value }): Value {
  return size === 'gate' ? (values.gate ?? values.full) : values[size];
}

/**
 * The seed of this run: always the same in `npm test`, so that a red test is red again; another each time in larger runs, which print
 * it. `TICKMARK_SEED=N` repeats one.
 */
export const seed = Number(process.env.TICKMARK_SEED ?? 20_260_829);
