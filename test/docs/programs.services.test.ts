import { describe, it } from 'vitest';
import { serversOrSkip, withOwnDatabases } from '../examples/own-databases.js';
import { INSTALLED, canUseSqlite, newSqliteFile } from '../servers/sqlite.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { needsServers, needsSqlite, programs } from './pages.js';
import { expectToRun } from './program.js';

const servers = await serversOrSkip();

describe.skipIf(!servers)('programs of the documentation on PostgreSQL and Redis', () => {
  it.for(programs.filter(needsServers))(
    'runs: $page, program $number',
    { timeout: SLOW_TEST_MS },
    ({ text }) => withOwnDatabases(servers!, (env) => expectToRun(text, env)),
  );
});

describe.skipIf(!canUseSqlite('better-sqlite3'))('programs of the documentation on SQLite', () => {
  it.for(programs.filter(needsSqlite))(
    'runs: $page, program $number, and again on the same file',
    { timeout: SLOW_TEST_MS },
    async ({ text }) => {
      const onOwnFile = text.replaceAll("'portfolios.db'", JSON.stringify(newSqliteFile()));
      // Beside the driver, where Node finds it.
      await expectToRun(onOwnFile, {}, INSTALLED);
      await expectToRun(onOwnFile, {}, INSTALLED);
    },
  );
});
