import { TickmarkError, quote } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { PgPoolClient } from './pg-pool-client.js';
import { PGliteClient } from './pglite-client.js';
import type { PostgresClient } from './postgres-client.js';
import { PostgresJsClient } from './postgres-js-client.js';
import type { PGliteDatabase, PgPool, PostgresJsSql, PostgresPool } from './postgres-pool.js';

/**
 * The client for a pool, whose driver is recognized by its methods; `where` names the argument in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything else, such as a single `pg.Client`.
 */
export function postgresClient(pool: PostgresPool, where: string, logger?: Logger): PostgresClient {
  const given: unknown = pool;
  if (typeof given === 'function' && has(given, 'unsafe', 'begin')) {
    return new PostgresJsClient(given as unknown as PostgresJsSql);
  }
  if (typeof given === 'object' && given !== null) {
    if (has(given, 'query', 'exec', 'transaction')) return new PGliteClient(given as PGliteDatabase);
    const isPool = has(given, 'query', 'connect', 'on', 'removeListener') && 'totalCount' in given;
    if (isPool) return new PgPoolClient(given as PgPool, logger);
  }
  // A connection string must not appear in errors.
  const shown = typeof given === 'string' ? 'a string' : quote(given);
  throw new TickmarkError(
    'INVALID_ARGUMENT',
    `${where}: expected a pg.Pool, the sql of postgres.js, or a PGlite, got ${shown}.`,
  );
}

function has(given: object, ...methods: readonly string[]): boolean {
  return methods.every((name) => typeof (given as Record<string, unknown>)[name] === 'function');
}
