import { TickmarkError, quote } from '../core/errors.js';

/**
 * A prepared statement of {@link SqliteDatabase}. tickmark passes strings, numbers and `null`; the parameters have no type here, since each
 * driver describes them in a way of its own.
 */
export interface SqliteStatement {
  /** Runs a statement without rows. */
  run(...parameters: never[]): unknown;
  /** The first row, as an object; `undefined` if there is none. */
  get(...parameters: never[]): unknown;
  /** All rows, as objects. */
  all(...parameters: never[]): unknown[];
}

/**
 * What tickmark uses of a database handle: a `Database` of better-sqlite3 (12 or later) or a `DatabaseSync` of `node:sqlite` (Node 22.5 or
 * later). You open it and close it.
 */
export interface SqliteDatabase {
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
  /** Prepares one statement. */
  prepare(sql: string): SqliteStatement;
}

const ACCEPTED = 'an open Database of better-sqlite3 or DatabaseSync of node:sqlite';

/**
 * Checks what was given as a database.
 * @param busyTimeoutMs Longest wait for another process, in ms: set on the handle first, since a locked file does not answer.
 * @param where Class and parameter, for the error.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything else, such as a path, or a driver that answers with promises or callbacks.
 */
export function checkDatabase(given: unknown, busyTimeoutMs: number, where: string): void {
  const fault = shapeFault(given) ?? answerFault(given as SqliteDatabase, busyTimeoutMs);
  if (fault === null) return;
  throw new TickmarkError('INVALID_ARGUMENT', `${where}: expected ${ACCEPTED}, got ${fault}.`);
}

function shapeFault(given: unknown): string | null {
  if (typeof given === 'function') return `the function ${quote(given.name)}: pass what it creates`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return quote(given);
  const missing = ['exec', 'prepare'].filter(
    (name) => typeof (given as Record<string, unknown>)[name] !== 'function',
  );
  if (missing.length === 0) return null;
  return `${classOf(given)} without ${missing.map((name) => `${name}()`).join(' and ')}`;
}

// A driver with the same names may answer later, where these two answer at once.
function answerFault(database: SqliteDatabase, busyTimeoutMs: number): string | null {
  let answer: unknown;
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    const statement = database.prepare('SELECT 1 AS answer') as Partial<SqliteStatement> | null;
    for (const name of ['run', 'get', 'all'] as const)
      if (typeof statement?.[name] !== 'function')
        return `${classOf(database)} whose statements have no ${name}()`;
    answer = statement!.get!();
  } catch {
    // Closed, locked, or no database at all: each call will say so.
    return null;
  }
  const isAnswer = Number((answer as { answer?: unknown } | null)?.answer) === 1;
  return isAnswer ? null : `${classOf(database)} whose statements do not answer at once with rows as objects`;
}

function classOf(given: object): string {
  const { name } = (given.constructor ?? {}) as { name?: unknown };
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object of class ${quote(name).slice(1, -1)}`
    : 'an object';
}
