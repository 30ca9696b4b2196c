// How a figure came about, and a recomputation of it that shares no code with tickmark.
import { Portfolio, PriceChangedBatch } from 'tickmark';
import { future, option } from 'tickmark/instruments';
import { PositionBook } from 'tickmark/parts';
import { recomputed } from './explain-a-figure/recompute.js';

const portfolio = Portfolio.replay(
  {
    id: 'desk',
    currency: 'EUR',
    costMethod: 'fifo',
    instruments: [
      future({ symbol: 'ESZ6', currency: 'USD', multiplier: 50 }),
      option({ symbol: 'SAP 260918C130', currency: 'EUR' }),
    ],
  },
  [
    { id: 'd1', at: '2026-03-02T08:00:00Z', type: 'deposit', amount: 50_000, currency: 'EUR' },
    {
      id: 'b1',
      at: '2026-03-02T15:00:00Z',
      type: 'buy',
      symbol: 'ESZ6',
      quantity: 1,
      price: 5000,
      fee: '2.25',
      rates: { USD: '0.92' },
    },
    {
      id: 'b2',
      at: '2026-03-02T15:01:00Z',
      type: 'buy',
      symbol: 'MSFT',
      currency: 'USD',
      quantity: 10,
      price: 410,
      rates: { USD: '0.92' },
    },
    {
      id: 'b3',
      at: '2026-03-02T15:02:00Z',
      type: 'buy',
      symbol: 'SAP 260918C130',
      quantity: 3,
      price: '4.15',
      fee: 6,
    },
    {
      id: 's1',
      at: '2026-03-03T15:00:00Z',
      type: 'sell',
      symbol: 'MSFT',
      quantity: 4,
      price: 415,
      rates: { USD: '0.93' },
    },
  ],
);
const now = Date.parse('2026-03-04T15:00:00Z');
const book = new PositionBook({ fx: ['EUR/USD'] });
book.setPortfolio(portfolio);
const prices = [
  { symbol: 'ESZ6', price: '5031.25', timestamp: now },
  { symbol: 'MSFT', price: '417.30', timestamp: now },
  { symbol: 'SAP 260918C130', price: '4.85', timestamp: now },
  { symbol: 'EUR/USD', price: '1.0842', timestamp: now },
];
book.applyPrices(PriceChangedBatch.ofUpdates(prices, now));
for (const figure of ['marketValue', 'cash', 'equity', 'unrealizedPnl', 'realizedPnl', 'totalPnl'] as const) {
  const explanation = book.explain('desk', figure)!;
  const check = recomputed(explanation);
  console.log(
    `${figure.padEnd(14)} ${String(explanation.value).padStart(10)}  recomputed ${check}  ${explanation.formula}`,
  );
  if (check !== explanation.value) throw new Error(`${figure}: ${explanation.value} is not ${check}`);
}
