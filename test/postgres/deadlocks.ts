import type pg from 'pg';
import { sampleValuation } from '../../src/conformance/portfolio-repository/sample-data.js';
import { seededRandom } from '../../src/core/random.js';
import { PgPoolClient } from '../../src/postgres/pg-pool-client.js';
import { tableNames } from '../../src/postgres/table-names.js';
import { ValuationStatements } from '../../src/postgres/valuation-statements.js';
import type { PostgresServer } from '../servers/postgres.js';
import { freshSchema, pgStore } from './stores.js';

const ROWS = 2_000;
const BATCH = 500;
const CONNECTIONS = 16;

/**
 * Sixteen connections save random sets of 500 of the same 2,000 portfolios, in random order, for a time; nothing is tried
 * again. Tells how many sets were saved and how many ended in a deadlock (40P01).
 */
export async function overlappingSets(server: PostgresServer, forMs: number, order?: string) {
  const store = pgStore(server, { max: CONNECTIONS });
  const { schema, drop } = await freshSchema(store);
  const client = new PgPoolClient(store.pool);
  const tally = { saved: 0, deadlocks: 0, others: [] as unknown[] };
  try {
    const tables = tableNames({ schema }, 'test');
    await store.sql(
      `INSERT INTO ${tables.portfolios} SELECT 'p' || n, 1, 'USD', 'cash', '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, ${ROWS}) n`,
    );
    await store.sql(
      `INSERT INTO ${tables.valuations} (portfolio_id, holdings_version) SELECT 'p' || n, 1 FROM generate_series(1, ${ROWS}) n`,
    );
    const statements = new ValuationStatements(tables, order);
    let time = 0;
    const until = performance.now() + forMs;
    const writer = async (seed: number): Promise<void> => {
      const random = seededRandom(seed);
      while (performance.now() < until) {
        const ids = Array.from({ length: ROWS }, (_, n) => `p${n + 1}`);
        for (let n = 0; n < BATCH; n++) {
          const other = n + Math.floor(random() * (ROWS - n));
          [ids[n], ids[other]] = [ids[other]!, ids[n]!];
        }
        const records = ids.slice(0, BATCH).map((id) => sampleValuation(id, { priceTimeSum: ++time }));
        try {
          await client.transaction('SET LOCAL deadlock_timeout = 100', ({ query }) =>
            statements.save(query, records),
          );
          tally.saved++;
        } catch (error) {
          if ((error as pg.DatabaseError).code === '40P01') tally.deadlocks++;
          else tally.others.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, seed) => writer(seed)));
  } finally {
    client.close();
    await drop();
    await store.end();
  }
  return tally;
}
