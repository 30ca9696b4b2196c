import { expect, test } from 'vitest';
import type { PositionBook } from '../../../src/core/book/position-book.js';
import { SUMMED_FIGURES, addSums, type CurrencySums } from '../../../src/core/book/sums/currency-sums.js';
import { Dice } from '../../oracle/dice.js';
import { add, divide, parse, rational, subtract, ZERO, type Rational } from '../../oracle/rational.js';
import { seed, sized } from '../../sizes.js';
import { RandomDesk } from './random-desk.js';

const WORLDS = sized({ quick: 30, gate: 60, full: 5000 });

interface Oracle {
  readonly currencies: Map<string, Rational>;
  unpriced: number;
}

/** Reduced, so that equal amounts read the same. */
const textOf = ({ n, d }: Rational): string => {
  const reduced = rational(n, d);
  return `${reduced.n}/${reduced.d}`;
};

const ratioOf = (text: string): Rational => {
  const [over, under] = text.split('/');
  return divide(parse(over!), parse(under!));
};

/** The sums of some portfolios, of the exact amounts that `explain()` lists. */
function explained(book: PositionBook, ids: readonly string[]): Oracle {
  const oracle: Oracle = { currencies: new Map(), unpriced: 0 };
  const addTo = (figure: string, code: string, amount: Rational): void => {
    const isPence = code === 'GBp';
    const key = `${isPence ? 'GBP' : code} ${figure}`;
    const inMajor = isPence ? divide(amount, parse('100')) : amount;
    oracle.currencies.set(key, add(oracle.currencies.get(key) ?? ZERO, inMajor));
  };
  for (const id of ids) {
    let isUnpriced = false;
    for (const figure of ['marketValue', 'accruedInterest', 'cash'] as const) {
      for (const { currency, parts } of book.explain(id, figure, book.computedAt)!.groups!) {
        for (const { amount, inputs } of parts) {
          if (amount === null) {
            isUnpriced = true;
            continue;
          }
          addTo(figure, currency, ratioOf(amount));
          if (figure !== 'marketValue') continue;
          const worth = add(ratioOf(amount), parse(inputs['settledWorth']!));
          const exposure = inputs['inverse'] ? subtract(ZERO, worth) : worth;
          addTo(exposure.n < 0n ? 'shortExposure' : 'longExposure', currency, exposure);
        }
      }
    }
    if (isUnpriced) oracle.unpriced++;
  }
  return oracle;
}

function expectSums(sums: CurrencySums, { currencies, unpriced }: Oracle, of: string): void {
  expect(sums.unpriced, of).toBe(unpriced);
  const found = new Map<string, string>();
  for (const sum of sums.currencies)
    for (const figure of SUMMED_FIGURES) {
      const { numerator, denominator } = sum[figure];
      if (numerator !== 0n) found.set(`${sum.currency} ${figure}`, textOf({ n: numerator, d: denominator }));
    }
  const expected = [...currencies].flatMap(([key, amount]) =>
    amount.n === 0n ? [] : [[key, textOf(amount)] as const],
  );
  expect(Object.fromEntries([...found].sort()), of).toEqual(Object.fromEntries(expected.sort()));
}

test('the sums by currency are those of the exact amounts of all portfolios, and of parts that are added', () => {
  const seen = { inverse: 0, unpriced: 0, foreign: 0, short: 0 };
  for (let world = 0; world < WORLDS; world++) {
    const desk = new RandomDesk(new Dice(seed + world));
    const { book } = desk;
    for (let step = 0; step < 25; step++) {
      desk.step();
      book.computeTotals();
      const ids = [...book.ids];
      const of = `seed ${seed + world}, step ${step}`;
      const whole = book.currencySums();
      expect(whole.portfolios).toBe(ids.length);
      expectSums(whole, explained(book, ids), of);
      const parts = [ids.slice(0, 2), [...ids.slice(2), ids[2]!, 'unknown']].map((each) =>
        book.currencySums(each),
      );
      expect(parts[0]!.portfolios).toBe(2);
      expectSums(addSums(parts), explained(book, ids), `${of}, in parts`);
      if (whole.unpriced > 0) seen.unpriced++;
      if (whole.currencies.length > 2) seen.foreign++;
      if (whole.currencies.some(({ shortExposure }) => shortExposure.sign < 0)) seen.short++;
      if (
        whole.currencies.some(
          ({ marketValue: { numerator, denominator } }) =>
            10n ** 60n % rational(numerator, denominator).d !== 0n,
        )
      )
        seen.inverse++;
    }
  }
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(0);
});
