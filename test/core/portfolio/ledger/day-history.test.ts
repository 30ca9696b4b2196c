import { describe, expect, test } from 'vitest';
import {
  cmeGlobex,
  cryptoMarkets,
  euronext,
  forex,
  hongKong,
  lse,
  mainlandChina,
  tokyo,
  usEquities,
  xetra,
  type TradingSession,
} from '../../../../src/calendars/index.js';
import { KEPT_DAYS } from '../../../../src/core/book/days/day-ends.js';
import { Instrument } from '../../../../src/core/instruments/instrument.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { Fraction } from '../../../../src/core/money/fraction.js';
import {
  DAY_HISTORY_MS,
  startOfDay,
  type DayContext,
  type PreviousClose,
} from '../../../../src/core/portfolio/ledger/day-history.js';
import type { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import {
  buy,
  merger,
  openingPosition,
  rename,
  replayed,
  sell,
  settlement,
  spinOff,
  split,
  transferIn,
  transferOut,
  type Step,
} from './ledger-tools.js';

const CLOSE = 1000 * 60_000;
const exact = (amount: number | string) => Fraction.from(Decimal.from(amount));

/** Closes by symbol: a price, or a price with accrued interest, or more; none is unknown. */
function contextOf(
  closes: Readonly<Record<string, number | Partial<PreviousClose>>>,
  rates: Readonly<Record<string, number>> = {},
): DayContext {
  return {
    previousClose: ({ symbol, settlementCurrency }: Instrument) => {
      const close = closes[symbol];
      return {
        price: typeof close === 'number' ? exact(close) : null,
        at: CLOSE,
        accrued: null,
        currency: settlementCurrency,
        ...(typeof close === 'object' && close),
      };
    },
    previousCashRate: () => null,
    previousRate: (currency) =>
      currency === 'USD' ? exact(1) : currency in rates ? exact(rates[currency]!) : null,
  };
}

/** Value and cash of a row at the start of its day. */
function start(portfolio: Portfolio, symbol: string, context: DayContext): Array<string | null> {
  const { value, cash } = startOfDay(portfolio.account.holdings.get(symbol)!, context);
  return [value, cash].map((amount) => amount && amount.toDecimal(8).toString());
}

const today = { at: CLOSE + 1 };
const later = { at: CLOSE + 2 };
const dayOf = (steps: readonly Step[], symbol: string, context: DayContext) =>
  start(replayed(steps), symbol, context);

describe('a row starts its day', () => {
  test('at the value of what was held at the previous close', () => {
    expect(dayOf([buy('A', 10, 90)], 'A', contextOf({ A: 100 }))).toEqual(['1000', '0']);
    expect(dayOf([sell('A', 10, 90)], 'A', contextOf({ A: 100 }))).toEqual(['-1000', '0']);
    expect(dayOf([buy('PENCE', 10, 90)], 'PENCE', contextOf({ PENCE: 200 }, { GBP: 1.5 }))).toEqual([
      '30',
      '0',
    ]);
  });

  test('with the net cash of its entries since, charges of any currency included', () => {
    const steps = [
      buy('A', 10, 90),
      buy('A', 2, 101, { ...today, fee: 1, tax: 2 }),
      sell('A', 4, 110, { ...later, fee: 3, feeCurrency: 'EUR', rates: { EUR: '1.1' } }),
      { type: 'income', kind: 'dividend', symbol: 'A', amount: 5, withheld: 1, ...later } as Step,
      { type: 'fee', amount: 2, currency: 'USD', symbol: 'A', ...later } as Step,
    ];
    // −205 + 436.7 + 4 − 2
    expect(dayOf(steps, 'A', contextOf({ A: 100 }))).toEqual(['1000', '233.7']);
  });

  test('with nothing, where it was opened today: then no previous close is needed', () => {
    expect(dayOf([buy('A', 10, 90, today)], 'A', contextOf({}))).toEqual(['0', '-900']);
  });

  test('with entries exactly at the previous close among those of the day before', () => {
    expect(dayOf([buy('A', 10, 90, { at: CLOSE })], 'A', contextOf({ A: 100 }))).toEqual(['1000', '0']);
  });

  test('with an unknown value without a previous close or a rate for what was held then', () => {
    expect(dayOf([buy('A', 10, 90)], 'A', contextOf({}))).toEqual([null, '0']);
    expect(dayOf([buy('EURO', 1, 9)], 'EURO', contextOf({ EURO: 10 }))).toEqual([null, '0']);
    expect(dayOf([buy('EURO', 1, 9)], 'EURO', contextOf({ EURO: 10 }, { EUR: 2 }))).toEqual(['20', '0']);
  });

  test('with unknown cash where an entry of today has no rate', () => {
    const steps = [buy('EURO', 1, 9), buy('EURO', 1, 9, today)];
    expect(dayOf(steps, 'EURO', contextOf({ EURO: 10 }, { EUR: 2 }))).toEqual(['20', null]);
    const fee = { fee: 1, feeCurrency: 'GBP', ...today };
    expect(dayOf([buy('A', 1, 9), buy('A', 1, 9, fee)], 'A', contextOf({ A: 10 }))).toEqual(['10', null]);
  });

  test('with accrued interest in the value then', () => {
    const context = contextOf({ BOND: { price: exact(98), accrued: exact('1.5') } });
    expect(dayOf([buy('BOND', 1000, 97)], 'BOND', context)).toEqual(['995', '0']);
  });

  test('of futures, at what they had gained since their settlement', () => {
    const steps: Step[] = [buy('FUT', 2, 100), settlement('FUT', 101)];
    expect(dayOf(steps, 'FUT', contextOf({ FUT: 104 }))).toEqual(['300', '0']);
    const settled = settlement('FUT', 105, today);
    expect(dayOf([...steps, settled], 'FUT', contextOf({ FUT: 104 }))).toEqual(['300', '400']);
    const inverse = [buy('INV', 1, 100)];
    expect(dayOf(inverse, 'INV', contextOf({ INV: 200 }, { BTC: 1000 }))).toEqual(['500', '0']);
    expect(dayOf(inverse, 'INV', contextOf({ INV: 0 }, { BTC: 1000 }))).toEqual([null, '0']);
  });

  test('with transfers in kind as cash at fair value, opening positions at cost, and income in units as profit', () => {
    const steps: Step[] = [
      buy('A', 10, 90),
      transferIn('A', 2, 1, { price: 101, ...today }),
      transferOut('A', 1, 103, later),
    ];
    expect(dayOf(steps, 'A', contextOf({ A: 100 }))).toEqual(['1000', '-99']);
    const units: Step = { type: 'income', kind: 'staking', symbol: 'A', quantity: 1, price: 7, ...today };
    expect(dayOf([units], 'A', contextOf({}))).toEqual(['0', '0']);
    const opened = openingPosition('A', 3, { cost: 9, ...today });
    expect(dayOf([buy('A', 1, 1), opened], 'A', contextOf({ A: 100 }))).toEqual(['100', '-8']);
    expect(dayOf([opened], 'A', contextOf({ A: 100 }))).toEqual(['0', '-9']);
    const struck = openingPosition('A', 0, today);
    expect(dayOf([buy('A', 1, 40), struck], 'A', contextOf({ A: 100 }))).toEqual(['100', '40']);
  });
});

describe('a corporate action of today', () => {
  const doubled = split('A', 1, 2, today);

  test('restates the quantity that was held by a split: the previous close is in units of today', () => {
    expect(dayOf([buy('A', 10, 90), doubled], 'A', contextOf({ A: 50 }))).toEqual(['1000', '0']);
    expect(dayOf([buy('A', 10, 90), buy('A', 1, 90, today), doubled], 'A', contextOf({ A: 50 }))).toEqual([
      '1000',
      '-90',
    ]);
    const paid = split('A', 4, 1, { cashInLieuPrice: 400, ...today });
    expect(dayOf([buy('A', 10, 90), paid], 'A', contextOf({ A: 400 }))).toEqual(['1000', '200']);
  });

  test('leaves a split of the day before out', () => {
    expect(dayOf([buy('A', 10, 90), split('A', 1, 2, { at: CLOSE })], 'A', contextOf({ A: 50 }))).toEqual([
      '1000',
      '0',
    ]);
  });

  test('moves a share of the value then to what was spun off', () => {
    const steps = [buy('A', 10, 90), spinOff('A', 'B', '0.4', today)];
    expect(dayOf(steps, 'A', contextOf({ A: 100 }))).toEqual(['600', '0']);
    expect(dayOf(steps, 'B', contextOf({ A: 100 }))).toEqual(['400', '0']);
    expect(dayOf([...steps, buy('B', 1, 5, later)], 'B', contextOf({ A: 100, B: 3 }))).toEqual(['400', '-5']);
    expect(dayOf([buy('B', 2, 1), ...steps], 'B', contextOf({ A: 100, B: 3 }))).toEqual(['406', '0']);
    expect(dayOf(steps, 'B', contextOf({ B: 3 }))).toEqual([null, '0']);
  });

  test('moves value and cash of the day to the new name', () => {
    const steps = [buy('A', 10, 90), sell('A', 1, 95, today), rename('A', 'B', later)];
    expect(dayOf(steps, 'B', contextOf({ A: 100 }))).toEqual(['1000', '95']);
    expect(dayOf(steps, 'B', contextOf({ A: { price: null } }))).toEqual([null, '95']);
  });

  test('values what was renamed or merged at the close of the new symbol, where the old one has none', () => {
    const renamed = [buy('A', 10, 90), rename('A', 'B', today)];
    expect(dayOf(renamed, 'B', contextOf({ B: 101 }))).toEqual(['1010', '0']);
    const merged = [buy('A', 10, 90), merger('A', 'B', { to: 2, ...today })];
    expect(dayOf(merged, 'B', contextOf({ B: 51 }))).toEqual(['1020', '0']);
    const steps = [...merged, split('B', 1, 2, later)];
    expect(dayOf(steps, 'B', contextOf({ B: 25 }))).toEqual(['1000', '0']);
  });

  test('values units that were split before they were renamed, as they are now, at the close of the new symbol', () => {
    const steps = [buy('A', 10, 90), split('A', 1, 2, today), rename('A', 'B', later)];
    expect(dayOf(steps, 'B', contextOf({ B: 50 }))).toEqual(['1000', '0']);
    const again = [...steps, rename('B', 'C', later), split('C', 1, 2, later)];
    expect(dayOf(again, 'C', contextOf({ C: 25 }))).toEqual(['1000', '0']);
    expect(dayOf(again, 'C', contextOf({}))).toEqual([null, '0']);
  });

  test('adds what came from a symbol with a close to what is valued at the close of the new symbol', () => {
    const steps = [buy('A', 10, 90), buy('B', 4, 20), merger('B', 'A', today), rename('A', 'C', later)];
    expect(dayOf(steps, 'C', contextOf({ B: 25, C: 100 }))).toEqual(['1100', '0']);
    expect(dayOf(steps, 'C', contextOf({ C: 100 }))).toEqual(['1400', '0']);
    // What was spun off of A before is no longer in it.
    const spun = [buy('A', 10, 90), spinOff('A', 'X', '0.4', today), rename('A', 'C', later)];
    expect(dayOf(spun, 'C', contextOf({ C: 100 }))).toEqual(['600', '0']);
  });

  test('leaves unknown what was spun off of a symbol without a close, also once it has another name', () => {
    const steps = [buy('A', 10, 90), spinOff('A', 'B', '0.4', today), rename('B', 'C', later)];
    expect(dayOf(steps, 'C', contextOf({ C: 100 }))).toEqual([null, '0']);
    expect(dayOf(steps, 'C', contextOf({ A: 100, C: 100 }))).toEqual(['400', '0']);
  });

  test('takes what was settled off futures alone, whatever an instrument has become', () => {
    const history = replayed([buy('FUT', 2, 100)])
      .account.holdings.get('FUT')!
      .history();
    const instrument = Instrument.of({ symbol: 'FUT', currency: 'USD' });
    const { value } = startOfDay({ ...history, instrument }, contextOf({ FUT: 104 }));
    expect(value!.toDecimal(8).toString()).toBe('208');
  });

  test('values futures that were renamed at the close of the new symbol less what was settled', () => {
    const renamed = [buy('FUT', 1, 100), rename('FUT', 'NEXT', today)];
    expect(dayOf(renamed, 'NEXT', contextOf({ FUT: 103 }))).toEqual(['150', '0']);
    expect(dayOf(renamed, 'NEXT', contextOf({ NEXT: 103 }))).toEqual(['150', '0']);
  });

  test('moves the cash of a merger to the new row; the old row starts at its value where all was cash', () => {
    const after = (into?: string) => [buy('A', 10, 90), merger('A', into, { cashPerUnit: 7, ...today })];
    const both = after('B');
    expect(dayOf(both, 'B', contextOf({ A: 100 }))).toEqual(['1000', '70']);
    expect(dayOf(both, 'A', contextOf({ A: 100 }))).toEqual(['0', '0']);
    expect(dayOf(after(), 'A', contextOf({ A: 100 }))).toEqual(['1000', '70']);
  });

  test('after another one of the same day moves what that one brought', () => {
    const steps = [buy('A', 10, 90), rename('A', 'B', today), spinOff('B', 'C', '0.4', later)];
    expect(dayOf(steps, 'B', contextOf({ A: 100 }))).toEqual(['600', '0']);
    expect(dayOf(steps, 'C', contextOf({ A: 100 }))).toEqual(['400', '0']);
  });
});

test.each([
  cmeGlobex,
  cryptoMarkets,
  euronext,
  forex,
  hongKong,
  lse,
  mainlandChina,
  tokyo,
  usEquities,
  xetra,
])('entries are remembered for as long as the days last that are restated: $name', (calendar) => {
  let [longest, counted] = [0, 0];
  let session = calendar.sessionAt(Date.parse('2024-02-01T00:00:00Z'));
  for (; session && session.date < '2027-01-01'; session = calendar.nextSession(session), counted++) {
    let start: TradingSession | null = session;
    for (let back = 0; start && back < KEPT_DAYS; back++) start = calendar.previousSession(start);
    if (start) longest = Math.max(longest, session.endsAt - start.closesAt);
  }
  expect(counted).toBeGreaterThan(700);
  expect(longest).toBeLessThan(DAY_HISTORY_MS);
});

test('entries are remembered for 21 days, and older ones are dropped once they are half of what is remembered', () => {
  const events = (...times: number[]) =>
    replayed(times.map((at) => buy('A', 1, 1, { at })))
      .account.holdings.get('A')!
      .events.map(({ at }) => at);
  expect(DAY_HISTORY_MS).toBe(21 * 86_400_000);
  expect(events(0, 5, DAY_HISTORY_MS)).toEqual([0, 5, DAY_HISTORY_MS]);
  expect(events(0, 5, DAY_HISTORY_MS + 5)).toEqual([0, 5, DAY_HISTORY_MS + 5]);
  expect(events(0, 5, DAY_HISTORY_MS + 6)).toEqual([DAY_HISTORY_MS + 6]);
  expect(events(0, 1, 5, DAY_HISTORY_MS + 2)).toEqual([5, DAY_HISTORY_MS + 2]);
  const daily = Array.from({ length: 120 }, (_, day) => day * 86_400_000);
  expect(
    daily.map((_, day) => events(...daily.slice(0, day + 1)).length).every((length) => length <= 45),
  ).toBe(true);
  expect(events(...daily).slice(-22)).toEqual(daily.slice(-22));
});
