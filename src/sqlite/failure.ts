import { RepositoryError, TickmarkError } from '../core/errors.js';

// Primary result codes of SQLite by number: node:sqlite gives the number, better-sqlite3 the name.
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'SQLITE_ERROR'],
  [3, 'SQLITE_PERM'],
  [4, 'SQLITE_ABORT'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [9, 'SQLITE_INTERRUPT'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [26, 'SQLITE_NOTADB'],
]);

// Another connection, the disk or the memory is in the way: that may be over by the next call.
const MAY_PASS = /^SQLITE_(BUSY|LOCKED|NOMEM|INTERRUPT|IOERR|FULL|CANTOPEN|PROTOCOL)(_|$)/;
// better-sqlite3 has no code for this.
const BUSY_HANDLE = /database connection is busy/i;

/** The result code of a driver's error, such as `SQLITE_BUSY`; `undefined` where it has none. */
export function resultCode(error: unknown): string | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number') return NAMES.get(errcode & 0xff) ?? `SQLite ${errcode}`;
  return typeof code === 'string' ? code : undefined;
}

/** The `REPOSITORY_FAILED` for an error of a driver. A TickmarkError is returned unchanged. */
export function repositoryFailure(what: string, error: unknown): TickmarkError {
  if (error instanceof TickmarkError) return error;
  const { message } = (error ?? {}) as { message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : 'no reason was given';
  const code = resultCode(error);
  return new RepositoryError(`${what} failed: ${text}${code === undefined ? '' : ` (${code})`}`, {
    cause: error,
    retryable: MAY_PASS.test(code ?? '') || BUSY_HANDLE.test(text),
  });
}
