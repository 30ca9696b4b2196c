import { expect, test } from 'vitest';
import { Portfolio, valuePortfolio } from 'tickmark';
import { positionsJson } from '../../../src/gateway/feeds/positions-json.js';
import type { CashRow, ClosedRow, PositionRow } from '../../../src/protocol/values.js';

const NOON = Date.UTC(2026, 2, 10, 12);
const at = '2026-03-10T09:00:00Z';

/** A portfolio in dollars: SAP is held, OLD was closed today in euros, and there is cash in both. */
const PORTFOLIO = Portfolio.replay({ id: 'desk', currency: 'USD' }, [
  { id: 'd1', at: '2026-03-02T09:00:00Z', type: 'deposit', amount: 5000, currency: 'USD' },
  {
    id: 'd2',
    at: '2026-03-02T09:00:00Z',
    type: 'deposit',
    amount: 1000,
    currency: 'EUR',
    rates: { EUR: '1.05' },
  },
  { id: 'b1', at, type: 'buy', symbol: 'SAP', quantity: 10, price: 50, fee: 1 },
  {
    id: 'b2',
    at,
    type: 'buy',
    symbol: 'OLD',
    quantity: 3,
    price: 10,
    currency: 'EUR',
    rates: { EUR: '1.10' },
  },
  { id: 's2', at, type: 'sell', symbol: 'OLD', quantity: 3, price: 12, rates: { EUR: '1.20' } },
  {
    id: 'i2',
    at,
    type: 'income',
    kind: 'dividend',
    symbol: 'OLD',
    amount: 2,
    currency: 'EUR',
    rates: { EUR: '1.20' },
  },
  {
    id: 'd3',
    at,
    type: 'deposit',
    amount: 100,
    currency: 'EUR',
    rates: { EUR: '1.20' },
    settlesAt: '2026-03-12T00:00:00Z',
  },
]);
const VALUATION = valuePortfolio(PORTFOLIO, {
  prices: { SAP: { price: 52, receivedAt: NOON - 500 } },
  rates: { 'EUR/USD': { price: '1.25', previousClose: '1.15', receivedAt: NOON - 700 } },
  now: NOON,
});
const { rows, closed, cashBalances } = positionsJson(VALUATION);

test('rows have all figures, times of arrival instead of ages, and a short weight', () => {
  expect([...rows.keys()]).toEqual(['SAP']);
  const row = JSON.parse(rows.get('SAP')!) as PositionRow;
  const [held] = VALUATION.positions;
  expect(row).toEqual({
    ...(JSON.parse(JSON.stringify(held)) as PositionRow),
    price: {
      price: '52',
      currency: 'USD',
      kind: 'last',
      source: expect.any(String),
      asOf: NOON,
      receivedAt: NOON - 500,
    },
    fx: { path: [], rate: '1', asOf: null, receivedAt: null },
    weight: '1.0000',
  });
  expect(row).toMatchObject({ costBasis: '501.00', breakEvenPrice: '50.1', dayPnl: '19.00' });
});

test('closed positions have what they brought, in both currencies', () => {
  expect([...closed.keys()]).toEqual(['OLD']);
  expect(JSON.parse(closed.get('OLD')!) as ClosedRow).toEqual({
    symbol: 'OLD',
    local: { currency: 'EUR', realizedPnl: '6' },
    realizedPnl: '10.20',
    realizedPricePnl: '7.20',
    realizedFxPnl: '3.00',
    income: '2.40',
    expenses: '0.00',
    dayPnl: '12.60',
    session: null,
  });
});

test('cash has balance, settled part and value of each currency', () => {
  expect(JSON.parse(cashBalances) as CashRow[]).toEqual([
    { currency: 'USD', balance: '4499', settledCash: '4499', value: '4499.00' },
    { currency: 'EUR', balance: '1108', settledCash: '1008', value: '1385.00' },
  ]);
});
