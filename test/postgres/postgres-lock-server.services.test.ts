import { describe } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { SERVER_DRIVERS, lockDatabase } from './lock-databases.js';

// That of PGlite is in postgres-lock.test.ts.
describe.skipIf(SERVER_DRIVERS.length === 0).each(['pg', 'postgres.js'])('%s', (driver) => {
  if (SERVER_DRIVERS.length === 0) return;
  const { harness } = lockDatabase(driver);
  lockConformance(runner, {
    leaseMs: 400,
    createHarness: harness,
    timing: PATIENT,
    supports: { peer: true },
  });
});
