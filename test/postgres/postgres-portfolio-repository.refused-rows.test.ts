import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { samplePrice } from '../../src/conformance/portfolio-repository/sample-data.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import { migrate } from '../../src/postgres/schema.js';
import { rejection } from '../rejection.js';
import { SLOW_TEST_MS, until } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { UNHURRIED } from './stores.js';

const database = sharedPglite();
describe('rows that PostgreSQL refuses', { timeout: SLOW_TEST_MS }, () => {
  test('are the only failures of a set of holdings', async () => {
    const schema = 'refusing_holdings';
    await migrate(database, { schema });
    const repository = new PostgresPortfolioRepository(database, { schema, ...UNHURRIED });
    await database.exec(`
ALTER TABLE ${schema}.tickmark_portfolios ADD CHECK (id <> 'p7');
ALTER TABLE ${schema}.tickmark_positions ADD CHECK (portfolio_id <> 'p11' OR quantity < 5);`);
    const held = [{ symbol: 'A', quantity: 5, averageCost: 1 }];
    const given = Array.from({ length: 20 }, (_, at) =>
      Portfolio.create({ id: `p${at}`, currency: 'USD', positions: held }),
    );
    const outcomes = await repository.saveMany(given);
    const failed = outcomes.flatMap((each, at) =>
      each.outcome === 'saved' ? [] : [[at, each.outcome, each.error.code]],
    );
    expect(failed).toEqual([
      [7, 'failed', 'REPOSITORY_FAILED'],
      [11, 'failed', 'REPOSITORY_FAILED'],
    ]);
    expect(await repository.loadMany(given.map(({ id }) => id))).toHaveLength(18);
  });

  test('are quarantined by an engine, which stores all other rows and reports the refused ones', async () => {
    const schema = 'refusing';
    await migrate(database, { schema });
    const repository = new PostgresPortfolioRepository(database, { schema, ...UNHURRIED });
    const held = (symbol: string) => [{ symbol, quantity: 1, averageCost: 1 }];
    for (let at = 0; at < 60; at++)
      await repository.save(Portfolio.create({ id: `p${at}`, currency: 'USD', positions: held('A') }));
    await database.exec(`
ALTER TABLE ${schema}.tickmark_valuations ADD CHECK (portfolio_id <> 'p7' OR market_value IS NULL OR market_value < 5);
ALTER TABLE ${schema}.tickmark_prices ADD CHECK (symbol <> 'B');`);
    const clock = new FakeClock({ now: 1_700_000_000_000 });
    const bus = new InMemoryEventBus({ clock });
    const errors: TickmarkError[] = [];
    const engine = new MarkToMarketEngine({ repository, bus, clock, onError: (error) => errors.push(error) });
    await engine.start();
    const stored = async (done: () => Promise<boolean>) =>
      until('it is stored', async () => {
        await clock.advance(100);
        return done();
      });
    const values = async () => {
      const found = await repository.loadValuations(Array.from({ length: 60 }, (_, at) => `p${at}`));
      return new Map(found.map((each) => [each.portfolioId, each.marketValue?.toString()]));
    };
    const tick = (value: number, time: number) => {
      const prices = [
        { symbol: 'A', price: value, timestamp: time },
        { symbol: 'B', price: value, timestamp: time },
      ];
      return bus.publish(PriceChangedBatch.ofUpdates(prices, clock.now()));
    };
    await tick(9, 1_700_000_000_000);
    await stored(async () => engine.stats().refused === 2 && engine.stats().unsaved === 0);
    const found = await values();
    expect(found.get('p7')).not.toBe('9');
    found.delete('p7');
    expect(new Set(found.values())).toEqual(new Set(['9']));
    expect((await repository.loadPrices()).map(({ symbol }) => symbol)).toEqual(['A']);
    const told = errors.map(({ message, cause }) => {
      const { code } = (cause as { cause: { code: string } }).cause;
      return `${message.split('.')[0]!} ${code}`;
    });
    expect(told.sort()).toEqual([
      'The repository refuses the price of "B" 23514',
      'The repository refuses the value of portfolio "p7" 23514',
    ]);
    // The value is within its bounds again.
    await tick(4, 1_700_000_000_001);
    await stored(async () => (await values()).get('p7') === '4');
    await engine.close({ timeoutMs: 0 });
    await repository.close();
  });

  test('at COMMIT, by a deferred trigger, are reported as refused, not as of unknown outcome', async () => {
    const schema = 'deferring';
    await migrate(database, { schema });
    await database.exec(`
CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ${schema}.tickmark_prices DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse();`);
    const repository = new PostgresPortfolioRepository(database, { schema, ...UNHURRIED });
    const error = await rejection(repository.savePrices([samplePrice('A', 1)]));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false, cause: { code: 'P0001' } });
    expect(error.message).toBe('savePrices() failed: not today (P0001)');
    expect(await repository.loadPrices()).toEqual([]);
    await repository.close();
  });
});
