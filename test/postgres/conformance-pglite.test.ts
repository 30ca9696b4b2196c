import { vi } from 'vitest';
import { conforms } from './conforms.js';
import { pgliteStore } from './stores.js';

vi.setConfig({ testTimeout: 60_000 });
conforms('PGlite', pgliteStore());
