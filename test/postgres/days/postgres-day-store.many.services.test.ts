import { expect, test } from 'vitest';
import { sampleResult } from '../../../src/conformance/day-store/sample-days.js';
import { PostgresDayStore } from '../../../src/postgres/days/postgres-day-store.js';
import { postgresServer } from '../../servers/postgres.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { UNHURRIED, freshSchema, pgStore } from '../stores.js';

const SET = 1_000;
const SETS = 100;
// Generous: a quiet machine needs less than 4 s.
const LIMIT_MS = 60_000;
const server = await postgresServer();

test.skipIf(!server)(
  'a day of 100,000 portfolios is stored in seconds',
  { timeout: SLOW_TEST_MS },
  async () => {
    const database = pgStore(server!);
    const { schema, drop } = await freshSchema(database);
    try {
      const store = new PostgresDayStore(database.pool, { schema, ...UNHURRIED });
      const started = performance.now();
      for (let set = 0; set < SETS; set++) {
        const results = Array.from({ length: SET }, (_, n) => sampleResult(`p${set * SET + n}`, `${n}.25`));
        await store.saveResults(results);
      }
      const took = Math.round(performance.now() - started);
      console.info(`100,000 results of a day stored in sets of 1,000: ${took} ms`);
      const count = await database.sql(`SELECT count(*)::int FROM ${schema}.tickmark_day_results`);
      expect(count).toEqual([[SET * SETS]]);
      expect(took).toBeLessThan(LIMIT_MS);
    } finally {
      await drop();
      await database.end();
    }
  },
);
