import { expect, test } from 'vitest';
import {
  deposit,
  ledgerOf,
  numbered,
} from '../../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import type { LedgerEntry } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import type { SqliteQueries, SqliteValue } from '../../../src/sqlite/sqlite-queries.js';
import { LedgerStatements } from '../../../src/sqlite/statements/ledger-statements.js';
import { tableNames } from '../../../src/sqlite/table-names.js';
import { eachDriver, freshRepository } from '../stores.js';

eachDriver('a page of a ledger', (driver) => {
  test('is read in the order of its index, after an entry that is found by its id', async () => {
    const { repository, handle, close } = await freshRepository(driver);
    await repository.save(
      ledgerOf(
        'p',
        numbered(100, (n) => n - (n % 2)),
      ),
    );
    const plans: string[] = [];
    const all = <Row>(sql: string, ...parameters: SqliteValue[]): Row[] => {
      const run = (text: string) => handle.prepare(text).all(...(parameters as never[])) as unknown[];
      const steps = run(`EXPLAIN QUERY PLAN ${sql}`) as { detail: string }[];
      plans.push(steps.map(({ detail }) => detail).join('; '));
      return run(sql) as Row[];
    };
    const none = (): void => undefined;
    const queries: SqliteQueries = {
      exec: none,
      run: none,
      all,
      one: <Row>(sql: string, ...parameters: SqliteValue[]) => all<Row>(sql, ...parameters)[0],
    };
    const after = deposit('e50', 50) as unknown as LedgerEntry;
    new LedgerStatements(tableNames({}, 'test')).page(queries, 'p', { from: 0, to: 90 }, after, 10);
    close();
    const [, ordinal, page] = plans;
    expect(ordinal).toMatch(
      /^SEARCH tickmark_entries USING INDEX sqlite_autoindex_\S+ \(portfolio_id=\? AND id=\?\)$/,
    );
    expect(page).toBe(
      'SEARCH tickmark_entries USING INDEX tickmark_entries_at (portfolio_id=? AND (at,ordinal)>(?,?) AND at<?)',
    );
  });
});
