/** Prices of one millisecond that two ingest processes stamped, each with arrivals of its own, reach a book and stores in any order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { newerPrice } from '../../../src/core/portfolio/newer-price.js';
import type { PriceRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { bothEncodings, decoded } from '../messaging/encodings.js';
import { sized } from '../../sizes.js';
import { portfolio } from '../engine/engine-world.js';

const AT = 1_700_000_000_000;
const both = bothEncodings(() => new PriceChangedCodec());

/** What the processes send, each a part of the feed in its order, and in which order it arrives. */
const sent = fc.record({
  prices: fc.integer({ min: 1, max: 8 }),
  kept: fc.tuple(fc.array(fc.boolean()), fc.array(fc.boolean())),
  order: fc.array(fc.boolean()),
  skew: fc.integer({ min: -20, max: 20 }),
  isMerged: fc.boolean(),
});

test.each(both)('never steps back, the last one wins, and stamps rise: as %s', (_encoding, codecs) => {
  fc.assert(
    fc.property(sent, ({ prices, kept, order, skew, isMerged }) => {
      const queues = kept.map((kept, process) => {
        const sequences = Array.from({ length: prices }, (_, n) => n);
        // All processes together miss none: the last price comes from the first one, if the second has conflated it away.
        const taken = sequences.filter((n) => (n === prices - 1 && process === 0) || (kept[n] ?? true));
        return taken.map((sequence, at) => {
          const update = { symbol: 'A', price: 100 + sequence, timestamp: AT, sequence };
          const batch = PriceChangedBatch.ofUpdates([update], AT);
          batch.prices.arrivals[0] = AT * 1000 + at + process * skew;
          return batch;
        });
      });
      const arriving: PriceChangedBatch[] = [];
      for (let at = 0; queues.some((queue) => queue.length > 0); at++) {
        const [next, other] = (order[at] ?? at % 2 === 0) ? queues : [...queues].reverse();
        arriving.push((next!.shift() ?? other!.shift())!);
      }
      const heard = isMerged ? [arriving.reduce((merged, batch) => merged.conflate(batch))] : arriving;

      const book = new PositionBook();
      book.setPortfolio(portfolio('p', { A: 1 }).asStored(1));
      let stored: PriceRecord | undefined;
      let [highest, priceOrder] = [0, ''];
      for (const batch of heard) {
        if (book.applyPrices(decoded(codecs, batch)).length === 0) continue;
        const price = Number(book.price('A')!.price.toString());
        expect(price).toBeGreaterThanOrEqual(highest);
        const valuation = book.record(book.numberOf('p')!)!;
        // At the same price, it is the same one from the other process.
        if (price > highest) expect(valuation.priceOrder > priceOrder).toBe(true);
        else expect(valuation.priceOrder >= priceOrder).toBe(true);
        [highest, priceOrder] = [price, valuation.priceOrder];
        const record = book.priceRecord(book.symbols.idOf('A'));
        stored = stored ? newerPrice(stored, record) : record;
        expect(stored!.price.toString()).toBe(String(price));
      }
      expect(highest).toBe(100 + prices - 1);
    }),
    { numRuns: sized({ quick: 200, gate: 1000, full: 20_000 }) },
  );
});
