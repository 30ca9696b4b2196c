import { dayStoreConformance } from '../../src/conformance/day-store/day-store-conformance.js';
import { InMemoryDayStore } from '../../src/memory/in-memory-day-store.js';
import { runner } from '../conformance/without-skips.js';

dayStoreConformance(runner, { createHarness: () => ({ store: new InMemoryDayStore() }) });
