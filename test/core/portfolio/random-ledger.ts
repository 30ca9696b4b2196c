import fc from 'fast-check';
import { expect } from 'vitest';
import { TickmarkError } from '../../../src/core/errors.js';
import type { InstrumentInput } from '../../../src/core/instruments/instrument.js';
import type { Decimal } from '../../../src/core/money/decimal.js';
import { Fraction } from '../../../src/core/money/fraction.js';
import type { CostMethod } from '../../../src/core/portfolio/ledger/cost-method.js';
import type { KnownSum } from '../../../src/core/portfolio/ledger/known-sum.js';
import type { BookingEntry, LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { sized } from '../../sizes.js';

/** How many ledgers each property is tried on. */
export const RUNS = { numRuns: sized({ quick: 150, gate: 300, full: 100_000 }) };

/** One of each kind. */
export const INSTRUMENTS: readonly InstrumentInput[] = [
  { symbol: 'PLAIN', currency: 'USD' },
  { symbol: 'NEW', currency: 'USD' },
  { symbol: 'EURO', currency: 'EUR' },
  { symbol: 'PENCE', currency: 'GBp' },
  { symbol: 'BOND', currency: 'EUR', quotation: 'percent' },
  { symbol: 'GILT', currency: 'GBp', quotation: 'percent', multiplier: 10 },
  { symbol: 'OPTION', currency: 'USD', multiplier: 100 },
  { symbol: 'COMPO', currency: 'JPY', settlementCurrency: 'EUR', multiplier: '0.01' },
  { symbol: 'PER', currency: 'USD', quotation: { per: 1000 } },
  {
    symbol: 'CORN',
    currency: 'USD',
    multiplier: 5000,
    quotation: { per: 100 },
    valuationMethod: 'futures',
  },
  { symbol: 'FUTURE', currency: 'EUR', multiplier: 25, valuationMethod: 'futures' },
  { symbol: 'NEXT', currency: 'EUR', multiplier: 25, valuationMethod: 'futures' },
  {
    symbol: 'QUANTO',
    currency: 'USD',
    settlementCurrency: 'EUR',
    multiplier: '0.5',
    valuationMethod: 'futures',
  },
  {
    symbol: 'INVERSE',
    currency: 'USD',
    settlementCurrency: 'BTC',
    multiplier: 100,
    valuationMethod: 'futures',
    inverse: true,
  },
];
// LOOSE is in no catalog.
export const SYMBOLS = [...INSTRUMENTS.map(({ symbol }) => symbol), 'LOOSE'];
const RENAMED = [
  ['PLAIN', 'NEW'],
  ['NEW', 'PLAIN'],
  ['EURO', 'LOOSE'],
  ['LOOSE', 'EURO'],
  ['FUTURE', 'NEXT'],
  ['NEXT', 'FUTURE'],
] as const;
/** All that rates are given of. */
export const RATED = ['USD', 'EUR', 'GBP', 'BTC'] as const;
const CURRENCIES = [...RATED, 'GBp'] as const;
const HOMES = ['USD', 'EUR', 'GBP', 'GBp'] as const;
export const RATIOS: ReadonlyArray<readonly [number, number]> = [
  [1, 2],
  [2, 1],
  [10, 1],
  [4, 5],
  [3, 7],
];
export const METHODS: readonly CostMethod[] = ['average', 'fifo', 'lifo', 'hifo'];
const TYPES: Readonly<Record<BookingEntry['type'], number>> = {
  buy: 12,
  sell: 9,
  deposit: 1,
  withdrawal: 1,
  income: 3,
  fee: 1,
  tax: 1,
  conversion: 2,
  settlement: 4,
  split: 3,
  spinOff: 3,
  merger: 3,
  rename: 2,
  returnOfCapital: 2,
  transferIn: 3,
  transferOut: 3,
  openingPosition: 2,
  openingCash: 1,
};

/** A decimal above 0, as text. */
export const decimal = (max: number, scale: number) =>
  fc
    .tuple(fc.integer({ min: 1, max }), fc.nat(scale))
    .map(([units, digits]) => (units / 10 ** digits).toFixed(digits));
export const rates = fc.record({
  USD: decimal(15_000, 4),
  EUR: decimal(15_000, 4),
  GBP: decimal(20_000, 4),
  BTC: decimal(9_000_000, 2),
});
/** What an entry is made of, once it is known what is held. */
const intent = fc.record({
  type: fc.oneof(
    ...Object.entries(TYPES).map(([type, weight]) => ({
      arbitrary: fc.constant(type as BookingEntry['type']),
      weight,
    })),
  ),
  symbol: fc.constantFrom(...SYMBOLS),
  other: fc.constantFrom(...SYMBOLS),
  currency: fc.constantFrom(...CURRENCIES),
  third: fc.constantFrom(...CURRENCIES),
  // Also too few units to be split.
  quantity: fc.oneof(
    { arbitrary: decimal(5000, 3), weight: 20 },
    { arbitrary: fc.constantFrom('0.000000000000000001', '0.000000000000000005'), weight: 1 },
  ),
  price: decimal(200_000, 4),
  amount: decimal(50_000, 3),
  part: decimal(900, 2),
  ratio: fc.constantFrom(...RATIOS),
  share: fc.constantFrom('0', '0.25', '0.333', '1'),
  rates,
  choice: fc.nat(59),
});
export type Intent = typeof intent extends fc.Arbitrary<infer I> ? I : never;

/** What a random portfolio is. */
export interface Terms {
  readonly costMethod: CostMethod;
  readonly currency: (typeof HOMES)[number];
}
export const anyTerms: fc.Arbitrary<Terms> = fc.record({
  costMethod: fc.constantFrom(...METHODS),
  currency: fc.constantFrom(...HOMES),
});

export const terms = (given: Terms) => ({ id: 'p', instruments: INSTRUMENTS, ...given });
const isFutures = (symbol: string) =>
  INSTRUMENTS.some((each) => each.symbol === symbol && each.valuationMethod === 'futures');

/** The entry that an intent leads to. */
function entryOf(portfolio: Portfolio, each: Intent, number: number): LedgerEntryInput {
  const { type, symbol, other, currency, third, quantity, price, amount, part, ratio, share, choice } = each;
  const has = (one: number) => choice % one === 0;
  const base = { id: `e${number}`, at: 1000 * number, rates: each.rates, ...(has(7) && { settlesAt: 1e6 }) };
  const inLoose = symbol === 'LOOSE' && { currency: 'EUR' };
  const signed = choice % 3 === 0 ? `-${quantity}` : quantity;
  const [from, to] = ratio;
  const exchange = { from, to, ...(choice % 2 === 0 && { cashInLieuPrice: price }) };
  switch (type) {
    case 'buy':
    case 'sell': {
      const lots = portfolio.position(symbol)?.lots ?? [];
      return {
        ...base,
        ...inLoose,
        type,
        symbol,
        quantity,
        price,
        ...(has(3) && { fee: part }),
        ...(has(6) && { feeCurrency: third }),
        ...(has(5) && { tax: part }),
        ...((symbol === 'BOND' || symbol === 'GILT') && { accrued: part }),
        ...(has(4) && !isFutures(symbol) && { amount }),
        ...(has(8) && type === 'buy' && { feeQuantity: '0.001' }),
        ...(has(2) &&
          portfolio.costMethod !== 'average' &&
          lots.length > 0 && {
            quantity: lots.at(-1)!.quantity.abs(),
            lots: [{ lot: lots.at(-1)!.id, quantity: lots.at(-1)!.quantity.abs() }],
          }),
      };
    }
    case 'deposit':
    case 'withdrawal':
    case 'openingCash':
      return { ...base, type, amount, currency };
    case 'fee':
    case 'tax':
      return { ...base, type, amount: has(5) ? `-${part}` : part, currency, ...(has(2) && { symbol }) };
    case 'income': {
      const kind = 'dividend';
      if (has(3)) return { ...base, type, kind, symbol, quantity, price };
      return {
        ...base,
        type,
        kind,
        ...(has(2) && { symbol }),
        amount: has(5) ? `-${part}` : part,
        currency,
        ...(has(4) && { withheld: '0.5' }),
      };
    }
    case 'conversion':
      return {
        ...base,
        type,
        sold: { amount, currency },
        bought: { amount: price, currency: third },
        ...(has(2) && { fee: part }),
        ...(has(4) && { feeCurrency: 'GBP' }),
      };
    case 'settlement':
      return { ...base, type, symbol, price };
    case 'split':
      return { ...base, type, symbol, ...exchange };
    case 'spinOff':
      return { ...base, type, symbol, into: other, ...exchange, costShare: share };
    case 'merger':
      return {
        ...base,
        type,
        symbol,
        ...exchange,
        ...(!has(4) && { into: other }),
        ...(has(2) && { cashPerUnit: part }),
        ...(has(3) && { cashCostShare: has(4) ? 1 : share }),
      };
    case 'rename': {
      const [symbolBefore, into] = RENAMED[choice % RENAMED.length]!;
      return { ...base, type, symbol: symbolBefore, into };
    }
    case 'returnOfCapital': {
      const held = portfolio.position(symbol);
      return {
        ...base,
        type,
        symbol,
        amount: held?.isShort ? `-${part}` : part,
        currency: held?.currency ?? 'USD',
      };
    }
    case 'transferIn':
      return {
        ...base,
        ...inLoose,
        type,
        symbol,
        quantity: signed,
        cost: isFutures(symbol) && has(2) ? null : signed.startsWith('-') ? `-${amount}` : amount,
        ...(!isFutures(symbol) && { baseCost: part }),
        ...(isFutures(symbol) && { baseCost: '0' }),
        price,
        ...(has(2) && { acquiredAt: 5 }),
      };
    case 'transferOut': {
      const held = portfolio.position(symbol)?.quantity.abs();
      return { ...base, type, symbol, quantity: has(2) && held ? held : quantity, price };
    }
    case 'openingPosition':
      return {
        ...base,
        ...inLoose,
        type,
        symbol,
        quantity: has(6) ? 0 : signed,
        price,
        ...(!isFutures(symbol) && { baseCost: part }),
        ...(has(4) && !isFutures(symbol) && { cost: amount }),
        ...(has(3) && { realizedPnl: part }),
      };
  }
}

/** A ledger without the entries that are refused, and its portfolio. */
export function ledgerOf(intents: readonly Intent[], given: Terms): [Portfolio, LedgerEntryInput[]] {
  let portfolio = Portfolio.replay(terms(given), []);
  const entries: LedgerEntryInput[] = [];
  intents.forEach((each, number) => {
    const entry = entryOf(portfolio, each, number + 1);
    try {
      portfolio = portfolio.apply(entry);
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof TickmarkError)) throw error;
      expect(['INVALID_ARGUMENT', 'FRACTIONAL_SPLIT']).toContain(error.code);
    }
  });
  return [portfolio, entries];
}

export const intents = (maxLength: number) => fc.array(intent, { minLength: 1, maxLength, size: 'max' });
/** Prices of some symbols. */
export const prices = fc.dictionary(fc.constantFrom(...SYMBOLS), decimal(200_000, 4), {
  maxKeys: SYMBOLS.length,
});

export const exact = (amount: Decimal) => Fraction.from(amount);
/** A sum of which nothing is unknown. */
export const known = (sum: KnownSum) => {
  expect(sum.hasUnknown).toBe(false);
  return exact(sum.known);
};
export const total = (amounts: Iterable<Fraction>) =>
  [...amounts].reduce((sum, amount) => sum.plus(amount), Fraction.ZERO);
export const sameNumber = (a: Fraction, b: Fraction) => a.compare(b) === 0;
