import { afterAll, describe } from 'vitest';
import { previousClosesConformance } from '../../../src/conformance/previous-closes/previous-closes-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { PostgresPreviousCloses } from '../../../src/postgres/days/postgres-previous-closes.js';
import { PATIENT } from '../../conformance/without-skips.js';
import { UNHURRIED, type Store } from '../stores.js';
import { TABLES, closesTable } from './closes-tables.js';

/** Locks a table until the returned function is called, on a connection of its own. */
export type LockTable = (table: string) => Promise<() => Promise<void>>;

/** What {@link closesConform} runs on. */
export interface ClosesDatabase {
  readonly database: Store;
  /** A database that was closed. */
  readonly openClosed: () => Promise<Store>;
  /** Default: none, where there is one connection. */
  readonly lockTable?: LockTable;
  /** Names of kinds of tables. Default: all. */
  readonly kinds?: readonly string[];
}

/** Registers the kit of previous closes on each kind of table. */
export function closesConform(
  runner: TestRunner,
  { database, openClosed, lockTable, kinds = Object.keys(TABLES) }: ClosesDatabase,
): void {
  let closed: Promise<Store> | undefined;
  afterAll(() => database.end());
  describe.each(kinds)('with a column of type %s', (name) => {
    const kind = TABLES[name]!;
    previousClosesConformance(runner, {
      createHarness: async () => {
        const { names, table, put, drop } = await closesTable(database, kind);
        const options = { ...names, ...kind.options };
        const { pool } = await (closed ??= openClosed());
        let unlock: (() => Promise<void>) | undefined;
        return {
          closes: new PostgresPreviousCloses(database.pool, { ...options, ...UNHURRIED }),
          put,
          stall: async () => void (unlock = await lockTable?.(table)),
          // Nothing has to be waited for.
          failing: new PostgresPreviousCloses(pool, {
            ...options,
            attempts: 2,
            retryBaseMs: 1,
            retryCapMs: 1,
          }),
          dispose: async () => {
            await unlock?.();
            await drop();
          },
        };
      },
      supports: { failure: true, stall: lockTable !== undefined },
      timing: PATIENT,
    });
  });
}
