import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { InstrumentInput } from '../../src/core/instruments/instrument.js';
import { Decimal } from '../../src/core/money/decimal.js';
import type { CostMethod } from '../../src/core/portfolio/ledger/cost-method.js';
import type { LedgerEntryInput } from '../../src/core/portfolio/ledger/ledger-entry.js';
import type { PortfolioValuation } from '../../src/core/portfolio/figures/portfolio-valuation.js';
import type { QuotedPrice } from '../../src/core/book/value-portfolio.js';

/** A worked example; see vectors/README.md. */
export interface Vector {
  readonly id: string;
  readonly title: string;
  readonly portfolio: { readonly currency: string; readonly costMethod?: CostMethod };
  readonly instruments: readonly InstrumentInput[];
  readonly ledger: readonly LedgerEntryInput[];
  readonly prices: Readonly<Record<string, VectorPrice>>;
  readonly rates: readonly VectorRate[];
  readonly asOf?: string;
  readonly dayStart?: string;
  readonly expected: {
    readonly positions?: ReadonlyArray<Readonly<Record<string, unknown>>>;
    readonly closed?: ReadonlyArray<Readonly<Record<string, unknown>>>;
    readonly cashBalances?: Readonly<Record<string, string>>;
    readonly totals?: Readonly<Record<string, unknown>>;
    readonly error?: string;
  };
}

interface VectorPrice {
  readonly price: string;
  readonly at: string;
  readonly currency?: string;
  readonly accrued?: string;
  readonly previousAccrued?: string;
  readonly previousClose?: string;
  readonly previousCloseAt?: string;
  readonly previousCloseDate?: string;
  readonly previousSessionDate?: string;
}

interface VectorRate {
  readonly pair: string;
  readonly price: string;
  readonly at?: string;
  readonly previousClose?: string;
  readonly previousCloseAt?: string;
}

const TOPICS = [
  'bonds',
  'corporate-actions',
  'day-pnl',
  'fees-third-currency',
  'flows-and-returns',
  'futures-variation',
  'fx-attribution',
  'income',
  'instruments-linear',
  'inverse',
  'lots',
  'minor-units-and-per-n',
  'options',
  'rounding-and-apportioning',
  'shorts-and-flips',
  'unknown-cost',
];

/** All examples that value a ledger, by topic and id. */
export const vectors: ReadonlyArray<readonly [name: string, vector: Vector]> = TOPICS.flatMap((topic) => {
  const path = new URL(`vectors/${topic}.json`, import.meta.url);
  const list = JSON.parse(readFileSync(path, 'utf8')) as Vector[];
  return list
    .filter(({ ledger }) => ledger !== undefined)
    .map((vector) => [`${topic}: ${vector.id}: ${vector.title}`, vector] as const);
});

/** When it is valued, ms since 1970. */
export function timeOf({ asOf, prices }: Vector): number {
  if (asOf !== undefined) return Date.parse(asOf);
  return Math.max(0, ...Object.values(prices).map(({ at }) => Date.parse(at))) + 1;
}

/** The prices of an example, by symbol. */
export function pricesOf({ prices }: Vector): Record<string, QuotedPrice> {
  return Object.fromEntries(
    Object.entries(prices).map(([symbol, each]) => {
      const { price, at, currency, accrued, previousAccrued, previousClose, previousCloseAt } = each;
      const isStale =
        each.previousCloseDate !== undefined && each.previousCloseDate !== each.previousSessionDate;
      return [
        symbol,
        {
          price,
          timestamp: Date.parse(at),
          ...(currency !== undefined && { currency }),
          ...(accrued !== undefined && { accrued }),
          ...(previousAccrued !== undefined && { previousAccrued }),
          ...(previousClose !== undefined && !isStale && { previousClose }),
          ...(previousCloseAt !== undefined && { previousCloseAt: Date.parse(previousCloseAt) }),
        },
      ];
    }),
  );
}

/** The rates of an example, by pair. */
export function ratesOf({ rates }: Vector): Record<string, QuotedPrice> {
  return Object.fromEntries(
    rates.map(({ pair, price, previousClose }) => [
      pair,
      { price, ...(previousClose !== undefined && { previousClose }) },
    ]),
  );
}

/** Compares a valuation with what an example expects: amounts digit by digit, local ones to 8 digits after the point. */
export function expectFigures(
  vector: Vector,
  valuation: PortfolioValuation,
  lots?: (symbol: string) => unknown,
): void {
  const { positions = [], closed, cashBalances = {}, totals = {} } = vector.expected;
  const plain = JSON.parse(JSON.stringify(valuation)) as Record<string, unknown>;
  const rows = plain['positions'] as Array<Record<string, unknown>>;
  expect(rows.map(({ symbol }) => symbol).sort()).toEqual(
    positions.map(({ symbol }) => symbol as string).sort(),
  );
  for (const expected of positions) {
    const row = rows.find(({ symbol }) => symbol === expected['symbol'])!;
    expect(picked(row, expected), String(expected['symbol'])).toEqual(normal(expected));
    if (expected['lots'] && lots) expect(lots(expected['symbol'] as string)).toEqual(expected['lots']);
  }
  const flat = plain['closed'] as Array<Record<string, unknown>>;
  if (closed) {
    expect(flat.map(({ symbol }) => symbol)).toEqual(closed.map(({ symbol }) => symbol));
    closed.forEach((expected, at) => expect(picked(flat[at]!, expected)).toEqual(normal(expected)));
  }
  expect(
    Object.fromEntries(
      valuation.cashBalances.map(({ currency, balance }) => [currency, balance.trimmed().toString()]),
    ),
  ).toEqual(cashBalances);
  expect(picked(plain, totals), 'totals').toEqual(normal(totals));
}

// The fields that are expected.
function picked(row: Record<string, unknown>, expected: Readonly<Record<string, unknown>>): unknown {
  return normal(
    Object.fromEntries(
      Object.keys(expected)
        .filter((key) => key !== 'lots')
        .map((key) => {
          const [value, want] = [row[key], expected[key]];
          const isGroup = typeof want === 'object' && want !== null && !Array.isArray(want);
          return [
            key,
            isGroup
              ? picked((value ?? {}) as Record<string, unknown>, want as Record<string, unknown>)
              : value,
          ];
        }),
    ),
  );
}

const EXACT = new Set(['quantity', 'averageEntryPrice']);

function normal(value: unknown, key = ''): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return typeof value === 'string' && EXACT.has(key) ? shortened(value) : value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'lots')
      .map(([name, each]) => [
        name,
        key === 'local' && typeof each === 'string' && name !== 'currency'
          ? shortened(each)
          : normal(each, name),
      ]),
  );
}

function shortened(amount: string): string {
  const decimal = Decimal.fromTotal(amount);
  return decimal.rounded(Math.min(8, decimal.scale)).trimmed().toString();
}
