import { expect, test } from 'vitest';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';

const NOW = 1_700_000_000_000;
const CURRENCIES = ['GBp', 'GBP', 'ZAc', 'ZAR', 'USD'];

/** A book with one short portfolio, at the price 8.52 in the currency `quoted`. */
function bookOf(currency: string, held: string, quoted: string, costBasis: number | null): PositionBook {
  const book = new PositionBook({ fx: ['GBP/USD', 'USD/ZAR'], staleAfter: 1e12 });
  const position = { symbol: 'A', quantity: -38, currency: held, ...(costBasis !== null && { costBasis }) };
  book.setPortfolio(Portfolio.create({ id: 'p', currency, positions: [position] }));
  const updates = [
    { symbol: 'GBP/USD', price: '1.3', timestamp: NOW },
    { symbol: 'USD/ZAR', price: 18, timestamp: NOW },
    { symbol: 'A', price: '8.52', currency: quoted, previousClose: '8.5', timestamp: NOW },
  ];
  book.applyPrices(PriceChangedBatch.ofUpdates(updates, NOW));
  book.computeTotals();
  return book;
}

test.each(CURRENCIES)(
  'totals of a portfolio in %s are those of its rows, in whatever unit it holds and is quoted',
  (currency) => {
    for (const held of CURRENCIES)
      for (const quoted of CURRENCIES)
        for (const costBasis of [0, 12, null]) {
          const book = bookOf(currency, held, quoted, costBasis);
          const totals = book.totalsOf(book.numberOf('p')!);
          const value = book.value('p')!;
          for (const name of STREAMED_FIGURES)
            expect(`${name} ${String(totals[name])}`, `${held}, ${quoted}, ${costBasis}`).toBe(
              `${name} ${String(value[name])}`,
            );
        }
  },
);

test('a free position of a portfolio in cents, quoted in rands, is worth a hundred times its price', () => {
  const book = bookOf('ZAc', 'ZAc', 'ZAR', 0);
  expect(String(book.totalsOf(book.numberOf('p')!).marketValue)).toBe('-32376.00');
});
