import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { PortfolioValuationService } from '../../../src/core/revaluation/portfolio-valuation-service.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';

const NOW = 1_700_000_000_000;
const positions = [{ symbol: 'LLOY', quantity: 1, currency: 'GBP' }];
const portfolio = Portfolio.create({ id: 'p', currency: 'GBP', positions });

const at = (ms: number, price: string, currency?: string): PriceUpdate => ({
  symbol: 'LLOY',
  price,
  timestamp: NOW + ms,
  ...(currency && { currency }),
});

/** The value of one share after each of the batches. */
function valuesAfter(...batches: ReadonlyArray<readonly PriceUpdate[]>): string[] {
  const book = new PositionBook({ staleAfter: 1e12 });
  book.setPortfolio(portfolio);
  return batches.map((updates) => {
    book.applyPrices(PriceChangedBatch.ofUpdates(updates, NOW));
    book.computeTotals();
    return String(book.totalsOf(book.numberOf('p')!).marketValue);
  });
}

// field-faults.md section 6: `{72.35, GBp}` then `{72.40}` on a GBP position: 0.72, then 72.40.
describe('a price without a currency is in that of the last price of its symbol', () => {
  test('in a later batch', () => {
    expect(valuesAfter([at(0, '72.35', 'GBp')], [at(1, '72.40')])).toEqual(['0.72', '0.72']);
  });

  test('in the same batch', () => {
    expect(valuesAfter([at(0, '72.35', 'GBp'), at(1, '72.40')])).toEqual(['0.72']);
  });

  test('also when it has other details, or the same time', () => {
    const withBid = { ...at(1, '72.40'), bid: '72.39' };
    expect(valuesAfter([at(0, '72.35', 'GBp')], [withBid])).toEqual(['0.72', '0.72']);
    expect(valuesAfter([at(0, '72.35', 'GBp')], [at(0, '80')])).toEqual(['0.72', '0.80']);
  });

  test('until a price has another one', () => {
    expect(valuesAfter([at(0, '72.35', 'GBp')], [at(1, '0.73', 'GBP')], [at(2, '0.75')])).toEqual([
      '0.72',
      '0.73',
      '0.75',
    ]);
  });

  test('however the prices are divided into batches', () => {
    const anyPrice = fc.record({
      pence: fc.integer({ min: 1, max: 9999 }),
      currency: fc.constantFrom(undefined, undefined, 'GBp', 'GBP'),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPrice, fc.boolean()), { minLength: 1, maxLength: 12 }), (list) => {
        const updates = list.map(([{ pence, currency }], ms) => at(ms, String(pence), currency));
        const batches = updates.reduce<PriceUpdate[][]>(
          (all, update, ms) =>
            ms === 0 || list[ms]![1] ? [...all, [update]] : [...all.slice(0, -1), [...all.at(-1)!, update]],
          [],
        );
        const isPence = updates.findLast(({ currency }) => currency)?.currency === 'GBp';
        const pence = list.at(-1)![0].pence;
        const units = isPence ? pence : pence * 100;
        expect(Number(valuesAfter(...batches).at(-1)) * 100).toBeCloseTo(units, 6);
      }),
    );
  });
});

test('a valuation on demand takes one price a symbol, and starts afresh: its prices say their currency', async () => {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(portfolio);
  const service = new PortfolioValuationService({ repository });
  const value = async (update: PriceUpdate) =>
    String((await service.revaluatePortfolio('p', { updates: [update] })).valuation.marketValue);
  expect(await value(at(0, '72.35', 'GBp'))).toBe('0.72');
  expect(await value(at(1, '72.40', 'GBp'))).toBe('0.72');
  expect(await value(at(2, '0.75'))).toBe('0.75');
});
