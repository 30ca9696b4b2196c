import { instrumentStoreConformance } from '../../src/conformance/instrument-store/instrument-store-conformance.js';
import { InMemoryInstrumentStore } from '../../src/memory/in-memory-instrument-store.js';
import { runner } from '../conformance/without-skips.js';

instrumentStoreConformance(runner, { createHarness: () => ({ store: new InMemoryInstrumentStore() }) });
