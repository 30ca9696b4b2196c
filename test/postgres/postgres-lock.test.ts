import { describe, it } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { withoutSkips } from '../conformance/without-skips.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { lockDatabase } from './lock-databases.js';
import { sharedTime } from './pglite-time.js';
import { pgliteStore } from './stores.js';

const database = sharedPglite();
const { clock, advance } = await sharedTime(database);
const { harness } = lockDatabase('pglite', pgliteStore(database), clock);

describe('PostgresLock on PGlite', { timeout: SLOW_TEST_MS }, () => {
  lockConformance(withoutSkips(it), {
    createHarness: async () => ({ ...(await harness()), advance }),
    supports: { peer: true },
  });
});
