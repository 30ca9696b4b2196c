import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { migrate } from '../../src/postgres/schema.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import { columnOf } from '../../src/postgres/statements/figure-columns.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { expectFigures, pricesOf, ratesOf, timeOf, vectors } from './vector.js';
import { lotsOf } from './lots-of.js';

const valued = vectors.filter(([, { expected }]) => expected.error === undefined);
const shown = (figure: Decimal | null): string | null => figure && figure.trimmed().toString();
let database: PGlite;

beforeAll(async () => {
  database = new PGlite();
  await migrate(database);
}, SLOW_TEST_MS);
afterAll(() => database.close());

describe('a ledger and prices that a restarted process loads from PostgreSQL give the figures of the worked example', () => {
  test.each(valued)('%s', { timeout: SLOW_TEST_MS }, async (_, vector) => {
    const now = timeOf(vector);
    const rates = ratesOf(vector);
    const options = {
      fx: Object.keys(rates),
      clock: new FakeClock({ now }),
      ...(vector.dayStart !== undefined && { dayStart: () => Date.parse(vector.dayStart!) }),
    };
    // The examples use the same symbols at different times.
    await database.exec('DELETE FROM tickmark_prices');
    const repository = new PostgresPortfolioRepository(database);
    const terms = { id: vector.id, ...vector.portfolio, instruments: vector.instruments ?? [] };
    let portfolio = await repository.save(Portfolio.create(terms));
    for (const entry of vector.ledger) {
      const changed = portfolio.apply(entry);
      // One that is known changes nothing, and is not saved again.
      if (changed !== portfolio) portfolio = await repository.save(changed);
    }
    const before = new PositionBook(options);
    const updates = [...Object.entries(pricesOf(vector)), ...Object.entries(rates)].map(
      ([symbol, quoted]) => {
        return { timestamp: now, ...quoted, symbol } as PriceUpdate;
      },
    );
    if (updates.length > 0)
      before.applyPrices(PriceChangedBatch.ofUpdates(updates, now, { allowNonPositive: true }));
    await repository.savePrices([...before.knownPrices()]);

    const restarted = new PostgresPortfolioRepository(database);
    const loaded = (await restarted.load(vector.id))!;
    const book = new PositionBook(options);
    const symbols = new Set(updates.map(({ symbol }) => symbol));
    book.restorePrices((await restarted.loadPrices()).filter(({ symbol }) => symbols.has(symbol)));
    book.setPortfolio(loaded);
    book.computeTotals();
    const valuation = book.value(vector.id)!;
    expectFigures(vector, valuation, (symbol) => lotsOf(loaded, symbol));

    const record = book.record(book.numberOf(vector.id)!)!;
    expect(await restarted.saveValuations([record])).toEqual(['saved']);
    const [stored] = await restarted.loadValuations([vector.id]);
    const { rows } = await database.query<Record<string, string | null>>(
      'SELECT * FROM tickmark_portfolio_values WHERE portfolio_id = $1',
      [vector.id],
    );
    for (const name of STREAMED_FIGURES) {
      const expected = shown(valuation[name]);
      expect(shown(stored![name]), `stored ${name}`).toBe(expected);
      const inSql = rows[0]![columnOf(name)];
      expect(inSql && shown(Decimal.fromTotal(inSql)), `${name} in SQL`).toBe(expected);
    }
  });
});
