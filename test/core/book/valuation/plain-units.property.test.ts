import { expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';
import { ListedRows, type PlainUnits } from '../../../../src/core/book/valued-rows.js';
import { knownCodecs } from '../../../../src/core/engine/known-codecs.js';
import { PortfolioValuedBatch } from '../../../../src/core/engine/portfolio-valued-event.js';
import { EventCodecs } from '../../../../src/core/messaging/event-codec.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import { Dice } from '../../../oracle/dice.js';
import { seed, sized } from '../../../sizes.js';
import { RandomDesk } from '../random-desk.js';

const WORLDS = sized({ quick: 40, gate: 80, full: 5000 });
const NOW = Date.UTC(2026, 2, 2, 9);
const SYMBOLS = ['A', 'B', 'C', 'D', 'E'];

const codecs = (['json', 'compact'] as const).map(
  (encoding) => new EventCodecs({ codecs: knownCodecs(), encoding }),
);

/** Portfolios with positions at their cost and cash, with few or many digits, some past 2^53 units. */
function plainBook(dice: Dice): PositionBook {
  const book = new PositionBook({ clock: new FakeClock({ now: NOW }) });
  const amount = (): string => {
    const whole = dice.chance(0.02)
      ? `${dice.between(1, 9)}${'7'.repeat(dice.between(9, 14))}`
      : `${dice.between(1, 5000)}`;
    const digits = dice.between(0, dice.chance(0.1) ? 8 : 4);
    return digits === 0
      ? whole
      : `${whole}.${String(dice.between(0, 10 ** digits - 1)).padStart(digits, '0')}`;
  };
  const price = (): string =>
    dice.chance(0.03) ? `${dice.between(1, 9)}e${dice.between(-8, 12)}` : `${dice.between(1, 999_999) / 100}`;
  for (let number = 0; number < 8; number++) {
    const currency = dice.pick(['USD', 'JPY', 'BTC']);
    const held = SYMBOLS.filter(() => dice.chance(0.5));
    book.setPortfolio(
      Portfolio.create({
        id: `p${number}`,
        currency,
        ...(dice.chance(0.5) && { cash: { [currency]: `${dice.chance(0.2) ? '-' : ''}${amount()}` } }),
        positions: held.map((symbol) => {
          const sign = dice.chance(0.3) ? '-' : '';
          return {
            symbol,
            quantity: `${sign}${amount()}`,
            costBasis: dice.chance(0.1) ? 0 : `${sign}${amount()}`,
            currency,
          };
        }),
      }),
    );
  }
  const updates = SYMBOLS.filter(() => dice.chance(0.9)).map((symbol) => ({
    symbol,
    price: price(),
    timestamp: NOW,
    ...(dice.chance(0.5) && { previousClose: price() }),
  }));
  if (updates.length > 0) book.applyPrices(PriceChangedBatch.ofUpdates(updates, NOW));
  return book;
}

/** Encodes all values of a book as units and as totals; answers how many rows were units. */
function compared(book: PositionBook, where: string): number {
  book.computeTotals();
  const numbers = Int32Array.from(book.ids, (id) => book.numberOf(id)!);
  const rows = book.snapshot(numbers);
  const listed = new ListedRows(Array.from(numbers, (_, row) => rows.row(row)));
  for (const each of codecs) {
    const units = each.encodeData(new PortfolioValuedBatch('b', NOW, rows));
    const totals = each.encodeData(new PortfolioValuedBatch('b', NOW, listed));
    expect(Buffer.from(units.bytes).toString('latin1'), where).toBe(
      Buffer.from(totals.bytes).toString('latin1'),
    );
  }
  return numbers.filter((_, row) => rows.plainUnits(row, {} as PlainUnits)).length;
}

test('values of plain portfolios are encoded without their totals, byte for byte as with them', () => {
  let plain = 0;
  let others = 0;
  for (let world = 0; world < WORLDS; world++) {
    const book = plainBook(new Dice(seed + world));
    const found = compared(book, `seed ${seed + world}`);
    plain += found;
    others += book.size - found;
  }
  expect(plain).toBeGreaterThan(WORLDS * 3);
  expect(others).toBeGreaterThan(0);
});

test('so are those of books in which everything changes', () => {
  for (let world = 0; world < WORLDS; world++) {
    const desk = new RandomDesk(new Dice(seed + world));
    for (let step = 0; step < 10; step++) {
      desk.step();
      compared(desk.book, `seed ${seed + world}, step ${step}`);
    }
  }
});
