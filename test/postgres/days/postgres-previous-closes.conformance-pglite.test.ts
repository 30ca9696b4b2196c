import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { emptyPglite, sharedPglite } from '../empty-pglite.js';
import { pgliteStore } from '../stores.js';
import { closesConform } from './closes-conform.js';

const database = pgliteStore(sharedPglite());

describe('previous closes in PGlite', { timeout: SLOW_TEST_MS }, () => {
  const openClosed = async () => {
    const closed = emptyPglite();
    await closed.close();
    return pgliteStore(closed);
  };
  closesConform(runner, { database, openClosed, kinds: ['timestamptz', 'date'] });
});
