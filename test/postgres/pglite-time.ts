import type { PGlite } from '@electric-sql/pglite';
import { FakeClock } from '../../src/conformance/fake-clock.js';

/** A clock for both a PGlite and the code under test. */
export interface SharedTime {
  readonly clock: FakeClock;
  /** Advances both in small steps; after each step the database has answered all queries. */
  advance(ms: number): Promise<void>;
}

const STEP_MS = 5;

/** Replaces PostgreSQL's `clock_timestamp()` by a function of the test, until the session's settings are reset. */
export async function sharedTime(database: PGlite): Promise<SharedTime> {
  const clock = new FakeClock();
  const setTime = (): Promise<unknown> => database.exec(`SET fake.now = ${clock.now()}`);
  await setTime();
  await database.exec(`
    CREATE SCHEMA fake;
    CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
      AS $$ SELECT to_timestamp(current_setting('fake.now')::float8 / 1000) $$;
    SET search_path = fake, pg_catalog, public;
  `);
  return {
    clock,
    async advance(ms) {
      const end = clock.monotonic() + ms;
      do {
        await clock.advance(Math.min(STEP_MS, end - clock.monotonic()));
        await setTime();
        await clock.settle();
      } while (clock.monotonic() < end);
    },
  };
}
