import pg from 'pg';
import { PostgresLock, PostgresPortfolioRepository } from 'tickmark/postgres';
import { PortfolioValuationService, priceRecord } from 'tickmark/parts';
import { afterAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { sized } from '../sizes.js';
import { tcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../waiting.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { printFigure } from './figures.js';
import { newPortfolio, pricesAt } from './market.js';

const ROUNDS = sized({ quick: 2, gate: 4, full: 8 });
const LIMIT_MS = 500;
// How much later than its limit a call may fail, and all be well again. A quiet machine needs less than 500 ms.
const LATE_MS = 20_000;
const CONNECTIONS = 4;

const place = await openPlace();

describe.skipIf(!place)('a PostgreSQL that falls silent', () => {
  const { repository: direct, parts } = place ?? ({} as OpenPlace);
  afterAll(() => place!.remove());

  test('calls fail within their limit, and succeed again when it answers', async () => {
    const { hostname, port, pathname, username } = new URL(parts.postgresUrl);
    const proxy = await tcpProxy({ host: hostname, port: Number(port || 5432) });
    const connectionString = `postgres://${username}@${proxy.host}:${proxy.port}${pathname}`;
    const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
    const { schema } = parts;
    const repository = new PostgresPortfolioRepository(pool, { schema, attemptTimeoutMs: LIMIT_MS });
    const lock = new PostgresLock(pool, { schema, callTimeoutMs: LIMIT_MS });
    const portfolio = await direct.save(newPortfolio('p', new Dice(1)));
    const price = priceRecord({ symbol: 'S', price: 1, timestamp: 1 });
    const service = new PortfolioValuationService({ repository });
    let keys = 0;
    const calls: Record<string, () => Promise<unknown>> = {
      load: () => repository.load('p'),
      loadMany: () => repository.loadMany(['p']),
      save: () => repository.save(portfolio),
      saveValuations: () => service.revaluatePortfolio('p', { updates: pricesAt(1) }),
      savePrices: () => repository.savePrices([price]),
      loadPrices: () => repository.loadPrices(),
      acquire: () => lock.acquire(`key ${++keys}`, { waitMs: 0 }),
    };
    // All connections of the pool are open, so that each of them is a dead one.
    await until('all connections are open', async () => {
      const loading = Array.from({ length: CONNECTIONS }, () => repository.loadMany(['p']));
      const loaded = await Promise.allSettled(loading);
      return loaded.every(({ status }) => status === 'fulfilled') && pool.totalCount === CONNECTIONS;
    });
    let slowestMs = 0;
    let slowestReturnMs = 0;

    for (let round = 0; round < ROUNDS; round++) {
      const which = round % 2 === 0 ? 'all' : 'open';
      proxy.hold('both', which);
      for (const [name, call] of Object.entries(calls)) {
        // Where new connections work, a call fails on a dead one or is answered on a new one.
        const startedAt = performance.now();
        const failure = await call().then(
          () => null,
          (error: { code: string }) => error.code,
        );
        const tookMs = performance.now() - startedAt;
        slowestMs = Math.max(slowestMs, tookMs);
        const code = name === 'acquire' ? ['TIMEOUT', 'LOCK_FAILED'] : ['REPOSITORY_FAILED'];
        expect(which === 'open' ? [null, 'VERSION_CONFLICT', ...code] : code, name).toContain(failure);
        expect(tookMs, name).toBeLessThan(LIMIT_MS + LATE_MS);
      }
      proxy.resume();
      const isBack = () => repository.load('p').then(Boolean, () => false);
      const waitedMs = await until('it answers again', isBack);
      slowestReturnMs = Math.max(slowestReturnMs, waitedMs);
      expect(waitedMs).toBeLessThan(CONNECTIONS * LIMIT_MS + LATE_MS);
    }
    printFigure(
      `calls failed after ${Math.round(slowestMs)} ms at most, were answered again after ${Math.round(slowestReturnMs)} ms`,
    );
    await lock.close();
    await repository.close();
    await pool.end();
    await proxy.close();
  });
});
