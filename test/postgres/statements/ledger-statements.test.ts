import { expect, test } from 'vitest';
import {
  deposit,
  ledgerOf,
  numbered,
} from '../../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import type { LedgerEntry } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import type { RunStatement } from '../../../src/postgres/drivers/postgres-client.js';
import { LedgerStatements } from '../../../src/postgres/statements/ledger-statements.js';
import { tableNames } from '../../../src/postgres/table-names.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { sharedPglite } from '../empty-pglite.js';
import { freshRepository, pgliteStore } from '../stores.js';

const database = sharedPglite();
const ALL = { from: -Infinity, to: Infinity };

test(
  'a page of a ledger is read in the order of its index, also without statistics',
  { timeout: SLOW_TEST_MS },
  async () => {
    const { repository, schema } = await freshRepository(pgliteStore(database));
    for (const id of ['p', 'q'])
      await repository.save(
        ledgerOf(
          id,
          numbered(4000, (n) => n - (n % 2)),
        ),
      );
    const statements = new LedgerStatements(tableNames({ schema }, 'test'));
    const planOf = (after: LedgerEntry | null): Promise<string> =>
      database.transaction(async (transaction) => {
        let plan = '';
        const query: RunStatement = async (text, parameters = []) => {
          const { rows } = await transaction.query<string[]>(
            parameters.length > 0 ? `EXPLAIN (ANALYZE, FORMAT JSON) ${text}` : text,
            [...parameters],
            { rowMode: 'array' },
          );
          if (parameters.length > 0) plan = JSON.stringify(rows);
          return [];
        };
        await statements.page(query, 'p', ALL, after, 100);
        return plan;
      });
    for (const isAnalyzed of [false, true]) {
      if (isAnalyzed) await database.exec(`ANALYZE ${schema}.tickmark_entries`);
      for (const after of [null, deposit('e2000', 2000) as unknown as LedgerEntry]) {
        const plan = await planOf(after);
        expect(plan).toMatch(/"Index Name":"tickmark_entries_at".{0,600}"Actual Rows":100[,.]/);
        expect(plan).not.toMatch(/"Node Type":"(Incremental )?Sort"/);
        // The entry that the page comes after is found by its id, not among all of its time.
        if (after) expect(plan).toMatch(/"Index Name":"tickmark_entries_pkey"/);
      }
    }
  },
);
