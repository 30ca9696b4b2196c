import { Decimal as DecimalJs } from 'decimal.js';
import { ExactAmounts } from '../../src/core/money/exact-amounts.js';
import { seededRandom } from '../../src/core/random.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';

const TOTALS = 100_000;
const SYMBOLS = 10_000;
const HOLDINGS = 100;
const DECIMAL_SYMBOLS = 1_000;
const FLOAT = 'float64';
const ONE = 'ExactAmounts, 4 + 4 digits after the point: one float64 a sum';
const TWO = 'ExactAmounts, 8 + 8 digits after the point: two float64 a sum';
const DECIMAL = 'decimal.js, 4 + 4 digits after the point';

/** The holdings of one symbol: quantities, and the totals that they count towards. */
interface Holdings {
  readonly totals: Int32Array;
  readonly quantities: Float64Array;
  /** Bound of the sizes of quantities. */
  readonly largest: number;
}

/** What exact sums of quantity × change of price cost, beside inexact ones. */
export async function exact(bench: Bench): Promise<CaseReport> {
  const passes = bench.quick ? 2 : 10;
  const coarse = holdings(4);
  const fine = holdings(8);
  const one = amounts(8);
  const two = amounts(16);
  const floats = new Float64Array(TOTALS).fill(OPENING);
  const group = `${TOTALS.toLocaleString('en')} totals, ${HOLDINGS} positions a symbol`;

  const timings = await compare(bench, [
    // Over the same arrays as the exact sums: where in memory they are makes a fifth of the time.
    { name: FLOAT, round: () => addFloats(floats, coarse, changes(passes, 1 / 1e8)) },
    { name: ONE, round: () => addExact(one, coarse, changes(passes, 1)) },
    { name: TWO, round: () => addExact(two, fine, changes(passes, 1e4)) },
    { name: DECIMAL, round: decimalRound(coarse, 2) },
  ]);

  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit: 'M sums/s', ...mapSpread(time, (nanoseconds) => 1e3 / nanoseconds) };
  });
  const off = (amounts: ExactAmounts) => {
    return countOff((index) => amounts.units(index) === openingUnits(amounts.scales[index]!));
  };
  const ratios: Ratio[] = [
    { name: `one float64 a sum / ${FLOAT}`, value: timesFaster(timings, ONE, FLOAT), unit: 'x', floor: 0.6 },
    { name: `two float64 a sum / ${FLOAT}`, value: timesFaster(timings, TWO, FLOAT), unit: 'x' },
    {
      name: 'one float64 a sum / decimal.js',
      value: timesFaster(timings, ONE, DECIMAL),
      unit: 'x',
      floor: 120,
    },
    { name: 'two float64 a sum / decimal.js', value: timesFaster(timings, TWO, DECIMAL), unit: 'x' },
    {
      name: 'ExactAmounts: wrong totals',
      value: off(one) + off(two),
      unit: 'of 200,000',
      floor: 0,
      isCeiling: true,
    },
    { name: 'float64: wrong totals', value: countOff((i) => floats[i] === OPENING), unit: 'of 100,000' },
    ...errorsOf(floats),
  ];
  const measured = `quantity × change of price added to totals; all changes of a round sum to 0, so that each total must end as it began`;
  return { measured, figures, ratios };
}

/** The work of tickmark alone. */
export function exactWork(bench: Bench): Promise<OwnWork> {
  const passes = bench.quick ? 2 : 10;
  const part = (name: string, scale: number, unit: number) => {
    const lists = holdings(scale);
    const sums = amounts(2 * scale);
    return { name, operation: 'sum', round: () => addExact(sums, lists, changes(passes, unit)) };
  };
  return Promise.resolve({
    measured: `${passes} changes of price of ${SYMBOLS} symbols added to ${TOTALS} totals, ${HOLDINGS} positions a symbol`,
    parts: [part('4 + 4 digits after the point', 4, 1), part('8 + 8 digits after the point', 8, 1e4)],
    close: () => Promise.resolve(),
  });
}

const OPENING = 1_234_567.89;

function openingUnits(scale: number): bigint {
  return 123_456_789n * 10n ** BigInt(scale - 2);
}

function amounts(scale: number): ExactAmounts {
  const amounts = new ExactAmounts(TOTALS);
  for (let index = 0; index < TOTALS; index++) {
    amounts.clear(index, scale);
    amounts.setUnits(index, openingUnits(scale));
  }
  return amounts;
}

function holdings(scale: number): Holdings[] {
  const random = seededRandom(scale);
  const largest = 1000 * 10 ** scale;
  return Array.from({ length: SYMBOLS }, () => ({
    totals: Int32Array.from({ length: HOLDINGS }, () => Math.floor(random() * TOTALS)),
    quantities: Float64Array.from({ length: HOLDINGS }, () => Math.ceil(random() * largest)),
    largest,
  }));
}

/** A change for each pass, in multiples of `unit`; they sum to 0. */
function changes(passes: number, unit: number): number[] {
  const units = Array.from({ length: passes - 1 }, (_, pass) => ((pass * 7919) % 997) - 498);
  const rest = units.reduce((sum, each) => sum + each, 0);
  return [...units, -rest].map((each) => each * unit);
}

function addFloats(sums: Float64Array, lists: readonly Holdings[], deltas: readonly number[]): number {
  for (const delta of deltas)
    for (const { totals, quantities } of lists)
      addFloatProducts(sums, totals, quantities, 0, totals.length, delta);
  return deltas.length * lists.length * HOLDINGS;
}

/** The same loop as that of `ExactAmounts.addProducts`, in a function of its own as there, without its checks. */
function addFloatProducts(
  sums: Float64Array,
  indexes: Int32Array,
  factors: Float64Array,
  from: number,
  to: number,
  delta: number,
): void {
  for (let i = from; i < to; i++) {
    const index = indexes[i]!;
    sums[index] = sums[index]! + factors[i]! * delta;
  }
}

function addExact(sums: ExactAmounts, lists: readonly Holdings[], deltas: readonly number[]): number {
  for (const delta of deltas) {
    for (const { totals, quantities, largest } of lists)
      sums.addProducts(totals, quantities, 0, totals.length, delta, largest);
  }
  return deltas.length * lists.length * HOLDINGS;
}

function decimalRound(lists: readonly Holdings[], passes: number): () => number {
  const sums = Array.from({ length: TOTALS }, () => new DecimalJs(OPENING));
  const some = lists.slice(0, DECIMAL_SYMBOLS).map(({ totals, quantities }) => {
    return { totals, quantities: Array.from(quantities, (quantity) => new DecimalJs(quantity).div(1e4)) };
  });
  return () => {
    for (const delta of changes(passes, 1)) {
      const change = new DecimalJs(delta).div(1e4);
      for (const { totals, quantities } of some) {
        quantities.forEach((quantity, i) => {
          sums[totals[i]!] = sums[totals[i]!]!.plus(quantity.times(change));
        });
      }
    }
    return passes * some.length * HOLDINGS;
  };
}

/** How far off float64 is, in millionths of a unit of the currency: 10,000 are a cent. */
function errorsOf(floats: Float64Array): Ratio[] {
  const errors = Array.from(floats, (total) => Math.abs(total - OPENING) * 1e6).sort((a, b) => a - b);
  return [
    { name: 'float64: error of a total, median', value: errors[TOTALS / 2]!, unit: 'millionths' },
    { name: 'float64: error of a total, largest', value: errors.at(-1)!, unit: 'millionths' },
  ];
}

function countOff(isRight: (index: number) => boolean): number {
  let off = 0;
  for (let index = 0; index < TOTALS; index++) if (!isRight(index)) off++;
  return off;
}
