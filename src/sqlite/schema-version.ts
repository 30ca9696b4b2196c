import { RepositoryError } from '../core/errors.js';
import { MIGRATIONS } from './migrations/migrations.js';
import type { SqliteQueries } from './sqlite-queries.js';
import type { TableNames } from './table-names.js';

/** Number of the last migration that was applied; 0 if there was none. */
export function schemaVersion(queries: SqliteQueries, { migrations }: TableNames): number {
  const known = queries.one(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?`,
    migrations.slice(1, -1),
  );
  if (!known) return 0;
  return Number(
    queries.one<{ last: number }>(`SELECT coalesce(max(version), 0) AS last FROM ${migrations}`)!.last,
  );
}

/**
 * Checks, within the transaction of a call, that the tables are those of this version.
 * @throws RepositoryError `REPOSITORY_FAILED`, not retryable.
 */
export function checkSchemaVersion(what: string, queries: SqliteQueries, names: TableNames): void {
  const version = schemaVersion(queries, names);
  if (version === MIGRATIONS.length) return;
  if (version > MIGRATIONS.length) throw newerFile(what, version);
  const found =
    version === 0
      ? `the database has no table ${names.portfolios}`
      : `the tables of the database are of migration ${version}, and this version of tickmark needs ${MIGRATIONS.length}`;
  throw new RepositoryError(
    `${what} failed: ${found}. Call migrateSqlite(database) of tickmark/sqlite first.`,
    {
      retryable: false,
    },
  );
}

/** The error for a file whose tables this version does not know. */
export function newerFile(what: string, version: number): RepositoryError {
  const message =
    `${what} failed: a newer version of tickmark wrote this database (migration ${version}; this one knows ${MIGRATIONS.length}). ` +
    'Update tickmark.';
  return new RepositoryError(message, { retryable: false });
}
