import { afterEach, expect, test } from 'vitest';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { snapshotTests, type SnapshotStore } from '../conformance/snapshot-tests.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('snapshots of ledgers in SQLite', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async (options: { readonly snapshotFrom: number }) => {
    const store = await freshRepository(driver, options);
    closings.push(store.close);
    return store;
  };

  snapshotTests(async (options): Promise<SnapshotStore> => {
    const { repository, handle, rows } = await fresh(options);
    return {
      repository,
      make: (other) => new SqlitePortfolioRepository(handle, other),
      covered: async (id) =>
        Number(rows(`SELECT entries FROM tickmark_snapshots WHERE portfolio_id = '${id}'`)[0]?.entries ?? 0),
      replace: async (id, snapshot) =>
        void handle.exec(
          `UPDATE tickmark_snapshots SET snapshot = '${snapshot}' WHERE portfolio_id = '${id}'`,
        ),
    };
  });

  test('rows of positions that were not changed are not written', async () => {
    const { repository, handle, rows } = await fresh({ snapshotFrom: 10 });
    const at = 1000;
    const saved = await repository.save(
      Portfolio.create({ id: 'p', currency: 'USD' })
        .buy('A', 1, 1, { at })
        .buy('B', 1, 1, { at })
        .buy('C', 1, 1, { at }),
    );
    handle.exec(`UPDATE tickmark_positions SET quantity = '77' WHERE symbol = 'A'`);
    await repository.save(saved.sell('B', 1, 2, { at }).buy('C', 1, 1, { at }).buy('D', 1, 1, { at }));
    expect(
      rows('SELECT symbol, quantity, version, ordinal FROM tickmark_positions ORDER BY ordinal').map((row) =>
        Object.values(row),
      ),
    ).toEqual([
      ['A', '77', 1, 1],
      ['C', '2', 2, 3],
      ['D', '1', 2, 4],
    ]);
  });
});
