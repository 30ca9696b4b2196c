import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import {
  sampleOrder,
  samplePortfolio,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { seededRandom } from '../../src/core/random.js';
import { PgPoolClient } from '../../src/postgres/drivers/pg-pool-client.js';
import type { RunStatement } from '../../src/postgres/drivers/postgres-client.js';
import { preparedSave } from '../../src/postgres/statements/holdings-parameters.js';
import { HoldingsStatements } from '../../src/postgres/statements/holdings-statements.js';
import { tableNames } from '../../src/postgres/table-names.js';
import { ValuationStatements } from '../../src/postgres/statements/valuation-statements.js';
import type { PostgresServer } from '../servers/postgres.js';
import { seed } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { freshSchema, insertPortfolios, pgStore } from './stores.js';

const ROWS = 2_000;
const BATCH = 500;
const CONNECTIONS = 16;

/** Outcomes of the sets. */
export interface Tally {
  readonly saved: number;
  /** Sets that ended in a deadlock (40P01). */
  readonly deadlocks: number;
  readonly others: readonly unknown[];
}

/**
 * Sixteen connections save random sets of 500 of the same 2,000 portfolios, in random order, until the tally is enough;
 * nothing is retried.
 */
export async function overlappingSets(
  server: PostgresServer,
  isEnough: (tally: Tally) => boolean,
  order?: string,
  kind: 'valuations' | 'holdings and valuations' = 'valuations',
): Promise<Tally> {
  const store = pgStore(server, { max: CONNECTIONS });
  const { schema, drop } = await freshSchema(store);
  const client = new PgPoolClient(store.pool);
  const tally = { saved: 0, deadlocks: 0, others: [] as unknown[] };
  try {
    const tables = tableNames({ schema }, 'test');
    await store.sql(insertPortfolios(tables.portfolios, tables.valuations, ROWS));
    const statements = new ValuationStatements(tables, kind === 'valuations' ? order : undefined);
    const holdings = new HoldingsStatements(tables, kind === 'valuations' ? undefined : order);
    const versions = new Map<string, number>();
    const save = async (query: RunStatement, ids: readonly string[]): Promise<void> => {
      const set = ids.map((id) =>
        preparedSave(samplePortfolio(id).withVersion(versions.get(id) ?? 1), Infinity),
      );
      const write = { name: randomUUID(), isOutcomeUnknown: false };
      for (const result of await holdings.save(query, set, write)) {
        if (result.outcome === 'saved') versions.set(result.portfolio.id, result.portfolio.version);
        if (result.outcome === 'conflict')
          versions.set(result.error.portfolioId, result.error.actualVersion!);
      }
    };
    let time = 0;
    const hungAt = performance.now() + SLOW_TEST_MS;
    const writer = async (n: number): Promise<void> => {
      const random = seededRandom(seed + n);
      while (!isEnough(tally) && performance.now() < hungAt) {
        const ids = Array.from({ length: ROWS }, (_, n) => `p${n + 1}`);
        for (let at = 0; at < BATCH; at++) {
          const other = at + Math.floor(random() * (ROWS - at));
          [ids[at], ids[other]] = [ids[other]!, ids[at]!];
        }
        const records = ids
          .slice(0, BATCH)
          .map((id) => sampleValuation(id, { priceOrder: sampleOrder(++time) }));
        try {
          const savesHoldings = kind !== 'valuations' && random() < 0.5;
          await client.transaction('SET LOCAL deadlock_timeout = 100', async ({ query }) => {
            if (savesHoldings) await save(query, ids.slice(0, BATCH));
            else await statements.save(query, records);
          });
          tally.saved++;
        } catch (error) {
          if ((error as pg.DatabaseError).code === '40P01') tally.deadlocks++;
          else tally.others.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => writer(n)));
  } finally {
    client.close();
    await drop();
    await store.end();
  }
  return tally;
}
