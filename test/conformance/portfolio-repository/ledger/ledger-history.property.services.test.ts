import { expect, test } from 'vitest';
import { SqlitePortfolioRepository } from '../../../../src/sqlite/sqlite-portfolio-repository.js';
import { eachDriver, freshStore } from '../../../sqlite/stores.js';
import { SLOW_TEST_MS } from '../../../waiting.js';
import { ALL_STEPS, playHistories } from './histories.js';

eachDriver('ledgers in SQLite', (driver) => {
  test(
    'end as the entries replayed once, whatever happens to them',
    async () => {
      const store = await freshStore(driver);
      // Each process has a handle of its own.
      await playHistories(() => new SqlitePortfolioRepository(store.handle, { snapshotFrom: 10 }), ALL_STEPS);
      const [row] = store.rows('SELECT count(*) AS n FROM tickmark_snapshots');
      expect(Number(row!.n)).toBeGreaterThan(0);
      store.close();
    },
    SLOW_TEST_MS * 10,
  );
});
