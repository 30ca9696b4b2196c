import { SAME_CURRENCY } from '../../money/conversion.js';
import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { startOfDay } from '../../portfolio/ledger/day-history.js';
import { whole, type KnownSum } from '../../portfolio/ledger/known-sum.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { Converter } from './converter.js';
import { fractionOf, worthOf, type ValuationInput, type ValuationRow } from './valuation-input.js';

/** Figures that are made of positions or currencies. */
export type ExplainableLeaf =
  | 'marketValue'
  | 'accruedInterest'
  | 'cash'
  | 'costBasis'
  | 'realizedPnl'
  | 'income'
  | 'expenses'
  | 'fees'
  | 'taxes'
  | 'netContributions'
  | 'cashFxPnl'
  | 'dayPnl';

/** How a figure is made of parts. */
export interface Leaf {
  readonly formula: string;
  readonly parts: (input: ValuationInput) => readonly Part[];
  /** Whether the amounts are in the portfolio's currency already, and rounded in groups by `currency` or all together. */
  readonly isHome?: boolean;
}

/** A position or a currency, with what went into its amount. */
export interface Part {
  readonly of: string;
  readonly currency: string;
  readonly inputs: Readonly<Record<string, Decimal | string | null>>;
  readonly amount: Fraction | null;
}

/** The formula and the parts of each figure. */
export const LEAVES: Readonly<Record<ExplainableLeaf, Leaf>> = {
  marketValue: {
    formula:
      'Σ by currency: round(rate × Σ (worth − settled worth)); worth = quantity × factor × price, of inverse contracts −quantity × factor / price',
    parts: ({ rows }) =>
      rows.map((each) => {
        const { currency, marketValue } = worthOf(each);
        return { of: symbolOf(each), currency, inputs: inputsOf(each), amount: marketValue };
      }),
  },
  accruedInterest: {
    formula: 'Σ by currency: round(rate × Σ quantity × factor × accrued)',
    parts: ({ rows }) =>
      rows.map((each) => {
        const { currency, accrued, worth } = worthOf(each);
        const inputs = { ...inputsOf(each), accrued: each.accrued };
        return { of: symbolOf(each), currency, inputs, amount: worth && accrued };
      }),
  },
  cash: {
    formula: 'Σ by currency: round(rate × balance)',
    parts: ({ cash }) =>
      [...cash].map(([currency, { balance }]) => {
        return { of: currency, currency, inputs: { balance }, amount: Fraction.from(balance) };
      }),
  },
  costBasis: {
    formula:
      'Σ by currency of the position: round(Σ cost in the portfolio’s currency, at the rates of the entries)',
    isHome: true,
    parts: ({ rows }) =>
      rows.map((each) => {
        const { cost, baseCost, instrument } = each.row;
        const inputs = { cost, baseCost };
        return {
          of: symbolOf(each),
          currency: instrument.settlementCurrency,
          inputs,
          amount: baseCost && Fraction.from(baseCost),
        };
      }),
  },
  realizedPnl: {
    formula:
      'round(Σ (proceeds × rate of the entry − cost in the portfolio’s currency) of all that was closed)',
    isHome: true,
    parts: ({ rows, closed, currency }) =>
      ledgerParts([...rows.map(({ row }) => row), ...closed], currency, ({ realized }) => realized),
  },
  income: {
    formula: 'round(Σ amount × rate of the entry)',
    isHome: true,
    parts: (input) => sumPart(input, 'income'),
  },
  expenses: {
    formula: 'round(Σ fees and taxes that are in no cost × rate of the entry)',
    isHome: true,
    parts: (input) => sumPart(input, 'expenses'),
  },
  fees: {
    formula: 'round(Σ all fees × rate of the entry)',
    isHome: true,
    parts: (input) => sumPart(input, 'fees'),
  },
  taxes: {
    formula: 'round(Σ all taxes × rate of the entry)',
    isHome: true,
    parts: (input) => sumPart(input, 'taxes'),
  },
  netContributions: {
    formula: 'round(Σ deposits and transfers in − withdrawals and transfers out, × rate of the entry)',
    isHome: true,
    parts: (input) => sumPart(input, 'netContributions'),
  },
  cashFxPnl: {
    formula: 'round(Σ balance × rate now − Σ moves × rates of their entries)',
    isHome: true,
    parts: ({ cash, currency: home, rate }) =>
      [...cash].map(([currency, { balance, base }]) => {
        const now = currency === home ? SAME_CURRENCY : rate(currency, balance.sign);
        const moved = whole(base);
        const inputs = { balance, rateNow: now && ratio(fractionOf(now)), movesAtTheirRates: moved };
        const gain =
          now && moved && Fraction.from(balance).times(fractionOf(now)).minus(Fraction.from(moved));
        return { of: currency, currency: home, inputs, amount: currency === home ? Fraction.ZERO : gain };
      }),
  },
  dayPnl: {
    formula:
      'round(Σ value now + accrued interest now − value at the previous close at the previous rate + cash of the day’s entries, and of cash its gain by rates)',
    isHome: true,
    parts: (input) => dayParts(input),
  },
};

function symbolOf({ row }: ValuationRow): string {
  return row.instrument.symbol;
}

function inputsOf({ row, price }: ValuationRow): Record<string, Decimal | string | null> {
  const { instrument, quantity, settledWorth } = row;
  return {
    quantity,
    factor: instrument.factor,
    ...(instrument.inverse && { inverse: 'true' }),
    price: price && price.price,
    priceCurrency: price && price.currency,
    settledWorth,
  };
}

function ledgerParts(rows: readonly LedgerRow[], currency: string, of: (row: LedgerRow) => KnownSum): Part[] {
  return rows.map((row) => {
    const amount = whole(of(row));
    return {
      of: row.instrument.symbol,
      currency,
      inputs: { sumOfEntries: amount },
      amount: amount && Fraction.from(amount),
    };
  });
}

function sumPart(
  { sums, currency, portfolioId }: ValuationInput,
  name: keyof ValuationInput['sums'],
): Part[] {
  const amount = whole(sums[name]);
  return [
    { of: portfolioId, currency, inputs: { sumOfEntries: amount }, amount: amount && Fraction.from(amount) },
  ];
}

function dayParts(input: ValuationInput): Part[] {
  const { rows, closed, currency: home, day, cash, dayStart, rate } = input;
  const converter = new Converter(home, rate);
  const worths = rows.map(worthOf);
  const values = converter.convertExactly(worths, ({ marketValue }) => marketValue);
  const accrued = converter.convertExactly(worths, ({ worth, accrued }) => worth && accrued);
  const parts = [
    ...rows.map(({ row }, at) => ({ row, now: values[at] ? values[at].plus(accrued[at]!) : null })),
    ...closed.map((row) => ({ row, now: Fraction.ZERO as Fraction | null })),
  ].map(({ row, now }): Part => {
    const start = startOfDay(row, day);
    const inputs = {
      valueNow: now && ratio(now),
      valueThen: start.value && ratio(start.value),
      cashOfTheDay: start.cash && ratio(start.cash),
    };
    const amount = now && start.value && start.cash && now.minus(start.value).plus(start.cash);
    return { of: row.instrument.symbol, currency: home, inputs, amount };
  });
  const ofCash = [...cash].map(([currency, { balance, recent }]): Part => {
    const moves = recent.filter(({ at }) => at > dayStart);
    const before = moves.reduce((left, { amount }) => left.minus(amount), balance);
    const now = converter.exact(Fraction.from(balance), currency);
    const then = before.isZero ? Fraction.ZERO : day.previousCashRate(currency);
    const moved = moves.reduce<Fraction | null>(
      (sum, { base }) => sum && base && sum.plus(Fraction.from(base)),
      Fraction.ZERO,
    );
    const inputs = {
      balanceNow: balance,
      balanceThen: before,
      rateThen: then && ratio(then),
      movesAtTheirRates: moved && ratio(moved),
    };
    const amount = now && then && moved && now.minus(Fraction.from(before).times(then)).minus(moved);
    return { of: currency, currency: home, inputs, amount };
  });
  return [...parts, ...ofCash];
}

/** A fraction as text: `numerator/denominator`. */
export function ratio({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`;
}
