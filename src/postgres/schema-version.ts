import { RepositoryError } from '../core/errors.js';
import type { PostgresFailure } from './failure.js';
import { MIGRATIONS } from './migrations/migrations.js';
import type { TableNames } from './table-names.js';

const NEEDED = 'needs code of migration ';
const NOT_A_NUMBER = '22P02';

/**
 * The statement that fails a transaction if a newer version of tickmark has changed the tables in a way that this version would misread or
 * damage. Tables that only gained something are fine: during an upgrade, processes of both versions use them.
 */
export function refuseNewerTables({ migrations }: TableNames): string {
  return `SELECT ('${NEEDED}' || max(oldest_code))::int FROM ${migrations} HAVING max(oldest_code) > ${MIGRATIONS.length};`;
}

/** What that failure means; `null` for any other. */
export function newerTables(what: string, { code, message }: PostgresFailure): RepositoryError | null {
  const needed = message.split(NEEDED)[1];
  if (code !== NOT_A_NUMBER || needed === undefined) return null;
  const said =
    `${what} failed: a newer version of tickmark has changed the tables (they need code that knows migration ${Number.parseInt(needed, 10)}; ` +
    `this one knows ${MIGRATIONS.length}). Update tickmark.`;
  return new RepositoryError(said, { retryable: false });
}
