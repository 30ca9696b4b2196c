import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { sharedPglite } from '../empty-pglite.js';
import { pgliteStore } from '../stores.js';
import { conforms } from './conforms.js';

const database = pgliteStore(sharedPglite());
describe('instruments in PGlite', { timeout: SLOW_TEST_MS }, () => conforms(runner, database));
