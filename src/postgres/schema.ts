import { postgresClient } from './drivers/postgres-driver.js';
import type { PostgresPool } from './drivers/postgres-pool.js';
import { PostgresFailure, repositoryFailure } from './failure.js';
import { checkSchema } from './schema-check.js';
import { newerTables, refuseNewerTables } from './schema-version.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { tableNames, type TableNames, type TableOptions, TABLE_OPTIONS } from './table-names.js';
import { checkOptions } from '../core/options.js';

/**
 * The whole schema as one SQL script, for other migration tools: `migrate()` runs the same script, and checks the result.
 * It may be run again: migrations that were applied are skipped. It runs in one transaction; concurrent runs wait for each other.
 *
 * @example
 * ```ts
 * import { migrationSql } from 'tickmark/postgres';
 *
 * console.log(migrationSql({ schema: 'tickmark' }));
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an invalid schema or prefix.
 */
export function migrationSql(options: TableOptions = {}): string {
  checkOptions('migrationSql', options, TABLE_OPTIONS);
  return `BEGIN;\n${script(tableNames(options, 'migrationSql'))}COMMIT;\n`;
}

/**
 * Brings the schema up to date and returns the numbers of the migrations that it applied: none if it was up to date. Several
 * processes may call it at once, such as at their start.
 *
 * Tables that a newer version of tickmark has changed in a way that this one would misread are refused. It also checks the result: a missing view or index is created again; a missing table or column makes it fail, with its name.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { migrate } from 'tickmark/postgres';
 *
 * const applied = await migrate(new pg.Pool(), { schema: 'tickmark' }); // such as [1, 2]
 * ```
 *
 * @throws RepositoryError `REPOSITORY_FAILED`, such as for missing privileges or a missing table; `INVALID_ARGUMENT` for invalid
 * arguments.
 */
export async function migrate(pool: PostgresPool, options: TableOptions = {}): Promise<number[]> {
  checkOptions('migrate', options, TABLE_OPTIONS);
  const names = tableNames(options, 'migrate');
  const client = postgresClient(pool, 'migrate: pool');
  try {
    return await client.transaction(LIMITS, async (transaction) => {
      const { query, script: run } = transaction;
      await run(preparation(names));
      await run(refuseNewerTables(names));
      const applied = `SELECT version::text FROM ${names.migrations}`;
      const before = new Set((await query(applied)).map(([version]) => version));
      await run(script(names));
      await checkSchema(names, transaction);
      return (await query(applied))
        .flatMap(([version]) => (before.has(version!) ? [] : Number(version)))
        .sort((a, b) => a - b);
    });
  } catch (cause) {
    throw newerTables('migrate()', PostgresFailure.of(cause)) ?? repositoryFailure('migrate()', cause);
  } finally {
    client.close();
  }
}

const LIMITS = 'SET LOCAL statement_timeout = 60000; SET LOCAL lock_timeout = 60000;';

function script(names: TableNames): string {
  const steps = MIGRATIONS.map((sql, index) => step(names, index + 1, sql(names)));
  return `${preparation(names)}${steps.join('')}`;
}

// `oldest_code`: the last migration that code has to know to use the tables after this one. 0 where a migration only adds.
// CREATE SCHEMA IF NOT EXISTS needs the privilege to create schemas even if the schema exists.
function preparation(names: TableNames): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended('${names.migrations}', 0));
DO $tickmark$ BEGIN
  IF to_regnamespace('${names.schema}') IS NULL THEN CREATE SCHEMA ${names.schema}; END IF;
END $tickmark$;
CREATE TABLE IF NOT EXISTS ${names.migrations} (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now(),
  oldest_code integer NOT NULL DEFAULT 0
);
ALTER TABLE ${names.migrations} ADD COLUMN IF NOT EXISTS oldest_code integer NOT NULL DEFAULT 0;
`;
}

function step(names: TableNames, version: number, sql: string): string {
  return `DO $tickmark$ BEGIN
IF NOT EXISTS (SELECT FROM ${names.migrations} WHERE version = ${version}) THEN
${sql.trim()}

INSERT INTO ${names.migrations} (version) VALUES (${version});
END IF;
END $tickmark$;
`;
}
