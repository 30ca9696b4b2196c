import { afterEach, expect, test } from 'vitest';
import {
  deposit,
  idsOf,
  ledgerOf,
} from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { ledgerPageTests } from '../conformance/ledger-pages.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('SqlitePortfolioRepository.ledger()', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async (options = {}) => {
    const store = await freshRepository(driver, options);
    closings.push(store.close);
    return store;
  };
  const three = [deposit('a', 1), deposit('b', 2), deposit('c', 3)];

  ledgerPageTests(async (options) => (await fresh(options)).repository);

  test('keeps no writer waiting between two entries, and lets timers run between two pages', async () => {
    const { repository, open } = await fresh({ ledgerPageSize: 2 });
    let saved = await repository.save(ledgerOf('p', three));
    const other = open();
    const peer = new SqlitePortfolioRepository(other, { busyTimeoutMs: 0 });
    let timers = 0;
    setTimeout(() => timers++, 0);
    const seen: [string, number][] = [];
    for await (const { id } of repository.ledger('p')) {
      seen.push([id, timers]);
      saved = await peer.save(saved.apply(deposit(`late ${id}`, 0)));
      // A read that is still open would keep the log from being emptied.
      expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    }
    expect(seen).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
    ]);
  });

  test('reads a handle that gives integers as bigints', async () => {
    const { repository, open } = await fresh();
    await repository.save(ledgerOf('p', three));
    const bigints = new SqlitePortfolioRepository(open({ bigints: true }), { ledgerPageSize: 1 });
    expect(await idsOf(bigints, 'p')).toEqual(['a', 'b', 'c']);
    await repository.delete('p', 1);
    await expect(idsOf(bigints, 'p')).rejects.toMatchObject({ code: 'PORTFOLIO_DELETED' });
  });
});
