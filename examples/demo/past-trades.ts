import type { Portfolio } from 'tickmark';

/** Dollars for a euro, and euros for a dollar, when most of it happened. */
const EUR = { EUR: '1.0790' };
const USD = { USD: '0.9230' };

const PASTS: Readonly<Record<string, (held: Portfolio, now: number) => Portfolio>> = {
  growth: (held, now) =>
    held
      .buy('META', 40, '512.30', { at: '2025-02-03T15:00:00Z', fee: 4 })
      .sell('META', 40, '549.10', { at: '2025-04-10T15:00:00Z', fee: 4 })
      .buy('BMW.DE', 200, '92.10', { at: '2025-04-11T09:00:00Z', currency: 'EUR', rates: EUR })
      .sell('BMW.DE', 200, '88.75', { at: '2025-05-06T09:00:00Z', rates: { EUR: '1.0910' } })
      .sell('AAPL', 100, '191.40', { at: '2025-06-02T15:00:00Z', fee: 1 })
      .apply([
        dividend('AAPL', '96.00', 'USD', { withheld: '14.40' }),
        dividend('SAP.DE', '660.00', 'EUR', { rates: EUR }),
        fee('45.00', 'USD'),
      ])
      // In and out within a second: its profit is of today only.
      .buy('TSLA', 60, '248.10', { at: now - 2000, fee: 1 })
      .sell('TSLA', 60, '250.35', { at: now - 1000, fee: 1 }),
  'long-short': (held) =>
    held
      .sell('ORCL', 150, '131.20', { at: '2025-03-03T15:00:00Z', currency: 'USD', rates: USD })
      .buy('ORCL', 150, '127.85', { at: '2025-03-20T15:00:00Z', rates: USD })
      .apply(fee('310.00', 'EUR')),
  'new-issues': (held) =>
    // From another broker, which has not said what they cost.
    held.apply({
      id: 'transfer of MSFT',
      at: '2025-05-15T00:00:00Z',
      type: 'transferIn',
      symbol: 'MSFT',
      quantity: 40,
      cost: null,
      price: '401.15',
    }),
};

/** A made-up portfolio with trades, income and fees behind it, some of them of positions that are closed. */
export function withPastTrades(portfolio: Portfolio, now: number): Portfolio {
  return PASTS[portfolio.id]?.(portfolio, now) ?? portfolio;
}

function dividend(symbol: string, amount: string, currency: string, more: object) {
  const [id, at] = [`dividend of ${symbol}`, '2025-06-12T00:00:00Z'];
  return { id, at, type: 'income', kind: 'dividend', symbol, amount, currency, ...more } as const;
}

function fee(amount: string, currency: string) {
  return { id: 'custody fee', at: '2025-06-30T00:00:00Z', type: 'fee', amount, currency } as const;
}
