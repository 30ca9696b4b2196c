import { describe, it } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { atOnce } from '../conformance/at-once.js';
import { PATIENT, withoutSkips } from '../conformance/without-skips.js';
import { postgresServer } from '../servers/postgres.js';
import { SERVER_DRIVERS, lockDatabase } from './lock-databases.js';

const server = await postgresServer();
// A holder that is late by half of this time still holds its lease.
const LEASE_MS = 8_000;
const register = atOnce(it);

// On PGlite: postgres-lock.test.ts.
describe.skipIf(!server)('PostgresLock on a server', () => {
  if (!server) return;
  for (const [driver, open] of Object.entries(SERVER_DRIVERS)) {
    const { harness } = lockDatabase(driver, open(server));
    lockConformance(
      withoutSkips((name, ...rest) => register(`${driver}: ${name}`, ...rest)),
      {
        leaseMs: LEASE_MS,
        createHarness: harness,
        timing: { ...PATIENT, timeoutMs: 60_000 },
        supports: { peer: true },
      },
    );
  }
});
