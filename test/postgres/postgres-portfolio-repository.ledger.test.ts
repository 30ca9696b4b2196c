import { describe } from 'vitest';
import { ledgerPageTests } from '../conformance/ledger-pages.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { freshRepository, pgliteStore } from './stores.js';

const store = pgliteStore(sharedPglite());

describe('PostgresPortfolioRepository.ledger() on PGlite', { timeout: SLOW_TEST_MS }, () => {
  ledgerPageTests(async (options) => (await freshRepository(store, options)).repository);
});
