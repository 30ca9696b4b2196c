import { describe, it } from 'vitest';
import { withoutSkips } from '../conformance/without-skips.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { conforms } from './conforms.js';
import { sharedPglite } from './empty-pglite.js';
import { pgliteStore } from './stores.js';

// Its 2,500 saves, one by one, take longer than all other rules together. It runs on a server in test:services; a set of
// that size on PGlite is in postgres-portfolio-repository.test.ts.
const TOO_LARGE = /2,500 valuations/;
const runner = withoutSkips((name, run, timeoutMs) => {
  if (!TOO_LARGE.test(name)) it(name, run, timeoutMs);
});

const store = pgliteStore(sharedPglite());
describe('PGlite', { timeout: SLOW_TEST_MS }, () => conforms(runner, store));
