import { afterAll, describe } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { freshRepository, freshSchema, pgStore } from '../postgres/stores.js';
import { pgBouncer, canStartPgBouncer } from '../servers/pgbouncer.js';
import { postgresServer } from '../servers/postgres.js';

const server = await postgresServer();

// Eight clients on two connections of the server: next to no transaction runs where the one before it ran.
describe.skipIf(!server || !canStartPgBouncer())('behind PgBouncer in transaction mode', async () => {
  if (!server) return;
  const bouncer = await pgBouncer(server, 2);
  const store = pgStore(bouncer);
  afterAll(async () => {
    await store.end();
    await bouncer.dispose();
  });

  portfolioRepositoryConformance(runner, {
    createHarness: () => freshRepository(store),
    supports: { peer: true },
    timing: PATIENT,
  });

  lockConformance(runner, {
    leaseMs: 500,
    timing: PATIENT,
    createHarness: async () => {
      const { schema, drop } = await freshSchema(store);
      const lock = new PostgresLock(store.pool, { schema });
      const peer = new PostgresLock(store.pool, { schema });
      const dispose = async (): Promise<void> => {
        await lock.close();
        await peer.close();
        await drop();
      };
      return { lock, peer, dispose };
    },
    supports: { peer: true },
  });
});
