import { describe, expect, test } from 'vitest';
import { assertSamePortfolio } from '../../src/conformance/portfolio-repository/sample-data.js';
import { deposit, ledgerOf } from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import { snapshotTests, type SnapshotStore } from '../conformance/snapshot-tests.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { UNHURRIED, freshRepository, pgliteStore } from './stores.js';

const store = pgliteStore(sharedPglite());

async function fresh(options: { readonly snapshotFrom: number }) {
  const { repository, schema } = await freshRepository(store, options);
  const made: SnapshotStore = {
    repository,
    make: (other) => new PostgresPortfolioRepository(store.pool, { schema, ...UNHURRIED, ...other }),
    async covered(id) {
      const [row] = await store.rows(
        `SELECT snapshot, snapshot_entries FROM ${schema}.tickmark_portfolios WHERE id = '${id}'`,
      );
      expect(row!.snapshot === null).toBe(!row!.snapshot_entries);
      return Number(row!.snapshot_entries);
    },
    async replace(id, snapshot) {
      await store.sql(`UPDATE ${schema}.tickmark_portfolios SET snapshot = '${snapshot}' WHERE id = '${id}'`);
    },
  };
  return { ...made, repository, schema };
}

describe('snapshots of ledgers in PostgreSQL', { timeout: SLOW_TEST_MS }, () => {
  snapshotTests(fresh);

  test('one is passed over once a process that does not know of it has saved, until it is written anew', async () => {
    const { repository, schema, covered } = await fresh({ snapshotFrom: 10 });
    const entries = Array.from({ length: 12 }, (_, n) => deposit(`e${n}`, 1000 * (n + 1)));
    await repository.save(ledgerOf('p', entries));
    // As migration 4 knows the tables: another ledger of the same length, at the next version.
    await store.sql(`UPDATE ${schema}.tickmark_portfolios SET version = version + 1`);
    await store.sql(
      `UPDATE ${schema}.tickmark_entries SET entry = replace(entry, '"amount":"1"', '"amount":"7"') WHERE id = 'e3'`,
    );
    const changed = entries.map((entry) => (entry.id === 'e3' ? { ...entry, amount: 7 } : entry));
    const loaded = (await repository.load('p'))!;
    assertSamePortfolio(loaded, ledgerOf('p', changed).withVersion(2));
    expect(loaded.isLedgerLoaded).toBe(true);
    const next = deposit('next', 1e6);
    await repository.save(loaded.apply(next));
    assertSamePortfolio(await repository.load('p'), ledgerOf('p', [...changed, next]).withVersion(3));
    expect([await covered('p'), (await repository.load('p'))!.isLedgerLoaded]).toEqual([13, false]);
  });

  test('rows of positions that were not changed are not sent', async () => {
    const { repository, schema } = await fresh({ snapshotFrom: 10 });
    const at = 1000;
    const bought = Portfolio.create({ id: 'p', currency: 'USD' })
      .buy('A', 1, 1, { at })
      .buy('B', 1, 1, { at })
      .buy('C', 1, 1, { at });
    const saved = await repository.save(bought);
    await store.sql(`UPDATE ${schema}.tickmark_positions SET quantity = 77 WHERE symbol = 'A'`);
    const rows = async () =>
      store.sql(
        `SELECT symbol, quantity::text, version::int, ordinal FROM ${schema}.tickmark_positions ORDER BY ordinal`,
      );
    const changed = await repository.save(
      saved.sell('B', 1, 2, { at }).buy('C', 1, 1, { at }).buy('D', 1, 1, { at }),
    );
    expect(await rows()).toEqual([
      ['A', '77', 1, 1],
      ['C', '2', 2, 3],
      ['D', '1', 2, 4],
    ]);
    const other = await repository.save(
      bought.withVersion(0).deposit(1, 'USD', { at }).withVersion(changed.version),
    );
    expect((await rows()).map(([symbol, quantity]) => `${String(symbol)} ${String(quantity)}`)).toEqual([
      'A 1',
      'B 1',
      'C 1',
    ]);
    const set = [other.buy('B', 1, 1, { at }).sell('C', 1, 1, { at }), ledgerOf('q', [deposit('d', 1)])];
    await store.sql(`UPDATE ${schema}.tickmark_positions SET quantity = 77 WHERE symbol = 'A'`);
    await repository.saveMany([set[0]!, Portfolio.create({ id: 'r', currency: 'USD' })]);
    const again = (await repository.load('p'))!;
    await repository.saveMany([again.buy('E', 1, 1, { at }), (await repository.load('r'))!.deposit(1)]);
    expect((await rows()).map(([symbol, quantity]) => `${String(symbol)} ${String(quantity)}`)).toEqual([
      'A 77',
      'B 2',
      'E 1',
    ]);
  });
});
