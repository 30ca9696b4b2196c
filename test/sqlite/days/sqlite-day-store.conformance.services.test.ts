import { dayStoreConformance } from '../../../src/conformance/day-store/day-store-conformance.js';
import { SqliteDayStore } from '../../../src/sqlite/days/sqlite-day-store.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { eachDriver, freshStore } from '../stores.js';

eachDriver('days in SQLite', (driver) => {
  dayStoreConformance(runner, {
    createHarness: async () => {
      const { handle, open, close } = await freshStore(driver);
      const closed = open();
      const failing = new SqliteDayStore(closed);
      closed.close();
      return {
        store: new SqliteDayStore(handle),
        peer: new SqliteDayStore(open()),
        failing,
        dispose: async () => close(),
      };
    },
    supports: { peer: true, failure: true },
    timing: PATIENT,
  });
});
