import { expect, test } from 'vitest';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { Dice } from '../../oracle/dice.js';
import { seed, sized } from '../../sizes.js';
import { RandomDesk } from './random-desk.js';

const WORLDS = sized({ quick: 30, gate: 60, full: 5000 });

const figuresOf = (totals: object): string =>
  [...STREAMED_FIGURES, 'complete']
    .map((name) => `${name} ${String((totals as Record<string, unknown>)[name])}`)
    .join('\n');

test('after each change, the streamed totals of every portfolio are those of its valuation, digit for digit', () => {
  const seen = { day: 0, profit: 0, unknown: 0, hedged: 0, turned: 0, plain: 0, leverage: 0 };
  for (let world = 0; world < WORLDS; world++) {
    const desk = new RandomDesk(new Dice(seed + world));
    const { book } = desk;
    let batch: PortfolioValuedBatch | undefined;
    let published: string[] = [];
    let known = new Map<string, string>();
    for (let step = 0; step < 25; step++) {
      desk.step();
      const { changed } = book.computeTotals();
      const fresh = new Map<string, string>();
      for (const id of book.ids) {
        const value = book.value(id, book.computedAt)!;
        const totals = book.totalsOf(book.numberOf(id)!);
        expect(figuresOf(totals), `seed ${seed + world}, step ${step}, ${id}`).toBe(figuresOf(value));
        expect(String(totals.priced.marketValue)).toBe(String(value.priced.marketValue));
        fresh.set(id, figuresOf(totals));
        if (!changed.includes(book.numberOf(id)!))
          expect(known.get(id), `unchanged: seed ${seed + world}, step ${step}, ${id}`).toBe(
            figuresOf(totals),
          );
        if (totals.dayPnl) seen.day++;
        if (totals.realizedPnl?.isZero === false) seen.profit++;
        if (!totals.complete) seen.unknown++;
        if (totals.longExposure?.isZero === false && totals.shortExposure?.isZero === false) seen.hedged++;
        if (value.positions.some(({ quantity, exposure }) => exposure && exposure.sign * quantity.sign < 0))
          seen.turned++;
        if (
          totals.shortExposure?.isZero === false &&
          totals.equity &&
          totals.netExposure?.equals(totals.equity)
        )
          seen.plain++;
        if (totals.leverage) seen.leverage++;
      }
      known = fresh;
      // A batch stays as it was published, whatever comes later.
      if (batch) expect([...batch].map(figuresOf), `seed ${seed + world}, step ${step}`).toEqual(published);
      batch = new PortfolioValuedBatch('b', book.computedAt, book.snapshot(changed));
      published = [...batch].map(figuresOf);
    }
  }
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(WORLDS / 2);
});
