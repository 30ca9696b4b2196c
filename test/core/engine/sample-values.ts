import { valuePortfolio } from '../../../src/core/book/value-portfolio.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { totalsOfValuation, valuedRow } from './plain-totals.js';

const NOW = 1_700_000_000_000;
const PRICES = {
  A: { price: '123.4567', timestamp: NOW - 1000, receivedAt: NOW - 12.5, previousClose: '120' },
  BOND: {
    price: '98.5',
    accrued: '1.25',
    timestamp: NOW - 2000,
    previousClose: '98',
    previousAccrued: '1.24',
  },
};
const RATES = { 'USD/JPY': { price: '155.3', timestamp: NOW - 2000, previousClose: '155' } };

/** Portfolios: complete and with every kind of figure, partly unknown in another currency, past 2^53 units, and empty. */
function portfolios(): Portfolio[] {
  const at = '2023-11-14T12:00:00Z';
  const bond = { symbol: 'BOND', currency: 'USD', quotation: 'percent' } as const;
  return [
    Portfolio.replay({ id: 'complete', currency: 'USD', instruments: [bond] }, [
      {
        id: 'cash',
        at,
        type: 'deposit',
        amount: '4000.10',
        currency: 'USD',
        settlesAt: '2023-11-16T00:00:00Z',
      },
      { id: 'a', at, type: 'buy', symbol: 'A', quantity: 3, price: '10.5', fee: '0.25' },
      { id: 'bond', at, type: 'buy', symbol: 'BOND', quantity: 2000, price: 97, accrued: 1 },
      { id: 'b', at, type: 'buy', symbol: 'B', quantity: 1, price: 7, tax: '0.05' },
      { id: 'sold', at, type: 'sell', symbol: 'B', quantity: 1, price: '8.5' },
      { id: 'dividend', at, type: 'income', kind: 'dividend', symbol: 'A', amount: '1.20', withheld: '0.3' },
      { id: 'custody', at, type: 'fee', amount: '0.75', currency: 'USD' },
    ]),
    Portfolio.create({
      id: 'partly "unknown"',
      currency: 'JPY',
      cash: { USD: '5' },
      positions: [
        { symbol: 'A', quantity: '-2.5', costBasis: '-20', currency: 'USD' },
        { symbol: 'none', quantity: '1', costBasis: '9' },
      ],
    }),
    Portfolio.create({
      id: 'huge',
      currency: 'USD',
      positions: [{ symbol: 'A', quantity: '9007199254740991', costBasis: '1.25' }],
    }),
    Portfolio.create({ id: 'empty', currency: 'USD', cash: { USD: 0 } }),
  ].map((portfolio) => portfolio.withVersion(3));
}

/** Values of portfolios: complete, partly unknown, in another currency, and past 2^53 units. */
export function sampleValues(detail: 'totals' | 'positions'): PortfolioValuedBatch {
  const listed = portfolios();
  const values = listed.map((portfolio) =>
    valuePortfolio(portfolio, { prices: PRICES, rates: RATES, now: NOW }),
  );
  const rows = listed.map(({ id, currency, version }, at) =>
    valuedRow(id, totalsOfValuation(values[at]!), currency, version),
  );
  return new PortfolioValuedBatch(
    'values-1',
    NOW,
    new ListedRows(rows),
    detail === 'positions' ? values : undefined,
  );
}

/** Everything an amount says: digits and scale. */
export const texts = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each instanceof Decimal ? String(each) : each)));
