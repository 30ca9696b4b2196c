import { instrumentStoreConformance } from '../../../src/conformance/instrument-store/instrument-store-conformance.js';
import { SqliteInstrumentStore } from '../../../src/sqlite/instruments/sqlite-instrument-store.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { eachDriver, freshStore } from '../stores.js';

eachDriver('instruments in SQLite', (driver) => {
  instrumentStoreConformance(runner, {
    createHarness: async () => {
      const { handle, open, close } = await freshStore(driver);
      return {
        store: new SqliteInstrumentStore(handle),
        peer: new SqliteInstrumentStore(open()),
        dispose: async () => close(),
      };
    },
    supports: { peer: true },
    timing: PATIENT,
  });
});
