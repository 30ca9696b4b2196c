import { describe, expect, test } from 'vitest';
import { Decimal, type PortfolioValuation, type ValuationRecord } from 'tickmark';
import {
  STREAMED_FIGURES,
  type StreamedFigure,
} from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { portfolioJson, type KnownValue } from '../../../src/gateway/feeds/portfolio-json.js';
import type { PortfolioValue } from '../../../src/protocol/values.js';

/** A number of its own for each figure, so that none can stand for another. */
const figures = (names: readonly string[], first: number) =>
  Object.fromEntries(names.map((name, index) => [name, Decimal.ofUnits(first + index, 2)]));

const ONLY_WHOLE = ['cashDayPnl', 'livePricedShare', 'pricedShare'] as const;
const PRICED = ['costBasis', 'unrealizedPnl', 'realizedPnl'] as const;

const RECORD: ValuationRecord = {
  portfolioId: 'desk',
  version: 3,
  priceOrder: '',
  basis: '',
  priceTime: 0,
  receivedAt: null,
  liveUntil: null,
  unpriced: ['GLOBEX'],
  unconverted: [],
  valuedAt: 1_700_000_000_000,
  currency: 'USD',
  ...(figures(STREAMED_FIGURES, 100) as Record<StreamedFigure, Decimal>),
  priced: { marketValue: Decimal.from('9.99') },
  complete: true,
};
const VALUATION = {
  ...RECORD,
  ...figures(ONLY_WHOLE, 200),
  priced: { ...RECORD.priced, ...figures(PRICED, 300) },
  unknownCost: ['INITECH'],
  positions: [],
  closed: [],
  cashBalances: [],
} as unknown as PortfolioValuation;

const told = (value: KnownValue) => JSON.parse(portfolioJson(value).join('')) as PortfolioValue;
const texts = (names: readonly string[], first: number) =>
  Object.fromEntries(names.map((name, index) => [name, Decimal.ofUnits(first + index, 2).toString()]));
const nulls = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));

describe('a value with totals only', () => {
  test('has all streamed figures, and null for those of whole valuations', () => {
    expect(told(RECORD)).toEqual({
      id: 'desk',
      currency: 'USD',
      version: 3,
      valuedAt: 1_700_000_000_000,
      ...texts(STREAMED_FIGURES, 100),
      ...nulls(ONLY_WHOLE),
      priced: { marketValue: '9.99', ...nulls(PRICED) },
      complete: true,
      unpriced: [],
      unconverted: [],
      unknownCost: null,
    });
  });

  test('that is not complete does not say what is missing', () => {
    expect(told({ ...RECORD, complete: false })).toMatchObject({ unpriced: null, unconverted: null });
  });

  test('from the bus was valued when its event occurred', () => {
    const { valuedAt: _, ...event } = RECORD;
    const occurredAt = 5;
    expect(
      told({ ...event, type: 'tickmark.portfolio.valued', id: 'e', occurredAt } as unknown as KnownValue),
    ).toMatchObject({ id: 'desk', valuedAt: 5 });
  });

  test('keeps what is unknown unknown', () => {
    const unknown = { ...RECORD, ...nulls(STREAMED_FIGURES) } as unknown as ValuationRecord;
    expect(told(unknown)).toMatchObject(nulls(STREAMED_FIGURES));
  });
});

test('a whole valuation has every figure', () => {
  expect(told(VALUATION)).toEqual({
    id: 'desk',
    currency: 'USD',
    version: 3,
    valuedAt: 1_700_000_000_000,
    ...texts(STREAMED_FIGURES, 100),
    ...texts(ONLY_WHOLE, 200),
    priced: { marketValue: '9.99', ...texts(PRICED, 300) },
    complete: true,
    unpriced: ['GLOBEX'],
    unconverted: [],
    unknownCost: ['INITECH'],
  });
});

test('the time of the valuation is not part of what makes a change', () => {
  const [body, rest] = portfolioJson(RECORD);
  expect(portfolioJson({ ...RECORD, valuedAt: 7 })).toEqual([body, ',"valuedAt":7}']);
  expect(rest).toBe(',"valuedAt":1700000000000}');
});
