import { expect, test } from 'vitest';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { NOW, sampleClose } from '../../../src/conformance/previous-closes/sample-closes.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { priceStream } from '../../../src/core/streams/price-stream.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';
import { markToMarket } from '../../../src/mark-to-market/mark-to-market.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { PostgresPreviousCloses } from '../../../src/postgres/days/postgres-previous-closes.js';
import { postgresServer } from '../../servers/postgres.js';
import { until } from '../../waiting.js';
import { UNHURRIED, pgStore } from '../stores.js';
import { TABLES, closesTable } from './closes-tables.js';

const server = await postgresServer();

test.skipIf(!server)('day P&L starts from the closes in a table of PostgreSQL', async () => {
  const database = pgStore(server!);
  const { names, put, drop } = await closesTable(database, TABLES.date!);
  try {
    await put([sampleClose('AAPL', '231.50', { currency: 'USD' })]);
    const clock = new FakeClock({ now: NOW });
    const repository = new InMemoryPortfolioRepository();
    const buy = { type: 'buy', id: 'b', symbol: 'AAPL', quantity: 10, price: 100 } as const;
    const entries = [{ ...buy, at: Date.parse('2026-11-20T15:00:00Z') }];
    await repository.save(Portfolio.replay({ id: 'p', currency: 'USD' }, entries));
    let link: PriceStreamLink | undefined;
    const marking = await markToMarket({
      stream: priceStream({ name: 'desk', clock, connect: (opened) => void (link = opened) }),
      repository,
      clock,
      calendars: usEquities,
      previousCloses: new PostgresPreviousCloses(database.pool, {
        ...names,
        ...TABLES.date!.options,
        ...UNHURRIED,
      }),
    });
    link!.deliver({ symbol: 'AAPL', price: '233.25', currency: 'USD', timestamp: NOW });
    await until('day P&L is known', async () => {
      await clock.advance(100);
      return marking.value('p')?.dayPnl != null;
    });
    expect(marking.value('p')!.dayPnl!.toString()).toBe('17.50');
    const closing = marking.close();
    await clock.advance(10_000);
    await closing;
  } finally {
    await drop();
    await database.end();
  }
});
