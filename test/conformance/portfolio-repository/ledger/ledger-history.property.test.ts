import { expect, test } from 'vitest';
import { InMemoryPortfolioRepository } from '../../../../src/memory/in-memory-portfolio-repository.js';
import { PostgresPortfolioRepository } from '../../../../src/postgres/postgres-portfolio-repository.js';
import { migrate } from '../../../../src/postgres/schema.js';
import { emptyPglite } from '../../../postgres/empty-pglite.js';
import { sized } from '../../../sizes.js';
import { SLOW_TEST_MS } from '../../../waiting.js';
import { ALL_STEPS, playHistories } from './histories.js';

const PGLITE_STEPS = sized({ quick: 200, gate: 250, full: 100_000 });
const pool = emptyPglite();

/** So short that most portfolios are loaded from a snapshot and what follows it. */
const snapshotFrom = 10;

test('whatever happens to ledgers in memory, they end as the entries replayed once', async () => {
  const repository = new InMemoryPortfolioRepository();
  await playHistories(() => repository);
  expect(repository.stats().writes).toBeGreaterThan(ALL_STEPS / 3);
});

test(
  'whatever happens to ledgers in PGlite, they end as the entries replayed once',
  async () => {
    await migrate(pool);
    await playHistories(() => new PostgresPortfolioRepository(pool, { snapshotFrom }), PGLITE_STEPS);
    const { rows } = await pool.query(
      'SELECT count(*)::int AS n FROM tickmark_portfolios WHERE snapshot IS NOT NULL',
    );
    expect((rows as { n: number }[])[0]!.n).toBeGreaterThan(0);
  },
  SLOW_TEST_MS * 10,
);
