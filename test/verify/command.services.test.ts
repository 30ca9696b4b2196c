import { Portfolio } from 'tickmark';
import { PortfolioValuationService, priceRecord } from 'tickmark/parts';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Child, nodeArguments, type Outcome } from '../examples/child.js';
import { pgStore } from '../postgres/stores.js';
import { postgresServer } from '../servers/postgres.js';
import { SLOW_TEST_MS } from '../waiting.js';

const server = await postgresServer();
const schema = `tickmark_test_verify_${process.pid}`;
const command = nodeArguments('src/verify/command.ts');

describe.skipIf(!server)('the command tickmark-verify', { timeout: SLOW_TEST_MS }, () => {
  const store = server ? pgStore(server, { max: 2 }) : null;
  const run = (...args: string[]): Promise<Outcome> =>
    new Child([
      ...command,
      '--postgres',
      server!.url,
      '--schema',
      schema,
      '--fx',
      'EUR/USD',
      '--grace',
      '0',
      ...args,
    ]).outcome;

  beforeAll(async () => {
    await migrate(store!.pool, { schema });
    const repository = new PostgresPortfolioRepository(store!.pool, { schema });
    const updates = [
      { symbol: 'A', price: 5, timestamp: 1_700_000_000_000 },
      { symbol: 'EUR/USD', price: '1.1', timestamp: 1_700_000_000_000 },
    ];
    for (const id of ['ada', 'ben'])
      await repository.save(
        Portfolio.create({
          id,
          currency: 'EUR',
          positions: [{ symbol: 'A', quantity: 22, currency: 'USD' }],
        }),
      );
    await repository.savePrices(updates.map((update) => priceRecord(update)));
    const service = new PortfolioValuationService({ repository, fx: ['EUR/USD'] });
    await service.batchRevaluatePortfolios(['ada', 'ben'], { updates });
    await repository.close();
  });

  afterAll(async () => {
    await store!.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await store!.end();
  });

  test('reports that all values are correct, and exits with 0', async () => {
    expect(await run()).toEqual({ code: 0, stdout: '2 values compared: 0 wrong, 0 repaired.\n', stderr: '' });
  });

  test('reports wrong values and exits with 1; with --repair, they are correct afterwards', async () => {
    await store!.sql(`UPDATE ${schema}.tickmark_valuations SET equity = 99.5 WHERE portfolio_id = 'ben'`);
    const found = '"ben" figures: equity 99.5 instead of 100';
    expect(await run()).toMatchObject({
      code: 1,
      stdout: `${found}\n2 values compared: 1 wrong, 0 repaired.\n`,
    });
    expect(await run('--repair')).toMatchObject({
      code: 0,
      stdout: `${found} (repaired)\n2 values compared: 1 wrong, 1 repaired.\n`,
    });
    const lines = (await run('--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { checked: 2, differences: 0, repaired: 0, changing: 0 },
    ]);
  });

  test('reports wrong arguments or a failing store, and exits with 2', async () => {
    expect(await run('--grace', 'soon')).toMatchObject({
      code: 2,
      stderr: '--grace is "soon": expected ms from 0.\n',
    });
    const elsewhere = await run('--schema', 'nowhere');
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      2,
      expect.stringContaining('"nowhere.tickmark_migrations" does not exist'),
    ]);
    const { outcome } = new Child(command);
    expect(await outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--postgres is missing') as string,
    });
    expect(await new Child([...command, '--help']).outcome).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--repair') as string,
    });
  });
});
