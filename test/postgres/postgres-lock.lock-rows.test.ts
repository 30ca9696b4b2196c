import { describe } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { lockDatabase } from './lock-databases.js';
import { lockRowRules } from './lock-row-rules.js';
import { pgliteStore } from './stores.js';

const database = lockDatabase('pglite_rows', pgliteStore(sharedPglite()));

describe('PostgresLock on PGlite', { timeout: SLOW_TEST_MS }, () => {
  // All queries of all contenders wait for one connection.
  lockRowRules(database, { contenders: 3, retryMs: 25 });
});
