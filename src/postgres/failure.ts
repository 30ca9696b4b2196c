import { RepositoryError, TickmarkError } from '../core/errors.js';
import { errorText } from '../core/error-text.js';
import { CommitError } from './drivers/postgres-client.js';

/**
 * Message and code of a driver's error, as the `cause` of a TickmarkError. Drivers attach statements, parameters, hosts and users
 * to their errors, which must not be logged.
 *
 * @example
 * ```ts
 * import { RepositoryError } from 'tickmark';
 * import { PostgresFailure, type PostgresPortfolioRepository } from 'tickmark/postgres';
 *
 * async function sqlStateOf(repository: PostgresPortfolioRepository): Promise<string | undefined> {
 *   try {
 *     await repository.load('pension');
 *   } catch (error) {
 *     if (error instanceof RepositoryError && error.cause instanceof PostgresFailure) return error.cause.code;
 *   }
 *   return undefined;
 * }
 * ```
 */
export class PostgresFailure extends Error {
  /** SQLSTATE of the server, or the driver's or system's code such as ECONNRESET, where there is one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'PostgresFailure';
    this.code = code;
  }

  /** The failure behind an error of a driver. */
  static of(error: unknown): PostgresFailure {
    if (error instanceof CommitError) return PostgresFailure.of(error.cause);
    const { code } = (error ?? {}) as { code?: unknown };
    return new PostgresFailure(withoutSecrets(errorText(error)), typeof code === 'string' ? code : undefined);
  }
}

/**
 * Whether to retry after a failure.
 * - `again`: retry the transaction now, from its first read: it did not take effect, and is not the cause;
 * - `later`: the server or a time limit stopped it: the same call may succeed later, and is not retried here;
 * - `never`: it will fail again.
 */
export type FailureKind = 'again' | 'later' | 'never';

/**
 * What to do with the connection after a failure.
 * - `kept`: use it again;
 * - `replaced`: close it: it is broken, or has session state of someone else;
 * - `elsewhere`: close all connections made until now: their server cannot do the work.
 */
export type ConnectionFate = 'kept' | 'replaced' | 'elsewhere';

// By SQLSTATE: PostgreSQL, appendix A. Any other code is `never` and `kept`.
const RESPONSES: ReadonlyMap<string, readonly [FailureKind, ConnectionFate]> = new Map([
  // Serialization failure, deadlock.
  ['40001', ['again', 'kept']],
  ['40P01', ['again', 'kept']],
  // Shutdown, crash, starting up; database dropped, idle session.
  ['57P01', ['again', 'elsewhere']],
  ['57P02', ['again', 'elsewhere']],
  ['57P03', ['again', 'elsewhere']],
  ['57P04', ['again', 'elsewhere']],
  ['57P05', ['again', 'replaced']],
  // Too many connections.
  ['53300', ['again', 'kept']],
  // A read-only server; a standby reports it in two ways.
  ['25006', ['again', 'elsewhere']],
  ['0A000', ['again', 'elsewhere']],
  ['55000', ['again', 'elsewhere']],
  // Behind a pooler: a transaction or prepared statement that another client left, or removed.
  ['25001', ['again', 'replaced']],
  ['25P01', ['again', 'replaced']],
  ['25P02', ['again', 'replaced']],
  ['26000', ['again', 'replaced']],
  ['42P05', ['again', 'replaced']],
  // Lock timeout, statement timeout, idle in transaction; out of resources, memory or disk; I/O error.
  ['55P03', ['later', 'kept']],
  ['57014', ['later', 'kept']],
  ['25P03', ['later', 'replaced']],
  ['53000', ['later', 'kept']],
  ['53100', ['later', 'kept']],
  ['53200', ['later', 'kept']],
  ['53400', ['later', 'kept']],
  ['58000', ['later', 'replaced']],
  ['58030', ['later', 'replaced']],
  // Internal errors, corrupted data.
  ['XX000', ['never', 'replaced']],
  ['XX001', ['never', 'replaced']],
  ['XX002', ['never', 'replaced']],
  // Access denied; existing connections may still work.
  ['28000', ['never', 'kept']],
  ['28P01', ['never', 'kept']],
  // No such database, schema, table, column or function, or no privilege: the connection may be to the wrong server.
  ['3D000', ['never', 'elsewhere']],
  ['3F000', ['never', 'elsewhere']],
  ['42P01', ['never', 'elsewhere']],
  ['42703', ['never', 'elsewhere']],
  ['42883', ['never', 'elsewhere']],
  ['42501', ['never', 'elsewhere']],
]);
const UNKNOWN: readonly [FailureKind, ConnectionFate] = ['never', 'kept'];
const BROKEN: readonly [FailureKind, ConnectionFate] = ['again', 'replaced'];
const BROKEN_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
]);
// node-postgres has no code for these.
const BROKEN_MESSAGE =
  /^(connection terminated|client has encountered a connection error|timeout exceeded when trying to connect|query read timeout)/i;

/** Whether a code of a driver or of the system means that a connection broke or could not be opened. */
export function isConnectionCode(code: string): boolean {
  return BROKEN_CODES.has(code);
}

/** Whether to retry: by SQLSTATE, by the driver's code, or by the message of a driver without a code. */
export function failureKind(failure: PostgresFailure): FailureKind {
  return responseTo(failure)[0];
}

/** What to do with the connection. */
export function connectionFate(failure: PostgresFailure): ConnectionFate {
  return responseTo(failure)[1];
}

/** Whether the server denied access: only a change of settings helps. */
export function isRefusal({ code = '' }: PostgresFailure): boolean {
  return code.startsWith('28') || code === '3D000' || code === '42501';
}

function responseTo({ code, message }: PostgresFailure): readonly [FailureKind, ConnectionFate] {
  if (code === undefined) return BROKEN_MESSAGE.test(message) ? BROKEN : UNKNOWN;
  if (isConnectionCode(code) || /^08...$/.test(code)) return BROKEN;
  return RESPONSES.get(code) ?? UNKNOWN;
}

/**
 * The `REPOSITORY_FAILED` for an error of a driver, or for a timeout. Any other TickmarkError is returned unchanged.
 * `areMigrated`: whether `migrate()` creates the tables.
 */
export function repositoryFailure(
  what: string,
  error: unknown,
  { attempts = 1, isOutcomeUnknown = false, areMigrated = true } = {},
): TickmarkError {
  const isTickmarkError = error instanceof TickmarkError;
  if (isTickmarkError && error.code !== 'TIMEOUT') return error;
  const cause = isTickmarkError ? error : PostgresFailure.of(error);
  const code = cause.code === undefined ? '' : ` (${cause.code})`;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const doubt = isOutcomeUnknown ? ' It may have taken effect: load to see.' : '';
  const hint = areMigrated && cause.code === '42P01' ? '. Call migrate() of tickmark/postgres first.' : '';
  return new RepositoryError(`${what} failed${tries}: ${cause.message}${code}${hint}${doubt}`, {
    cause,
    retryable: isTickmarkError || failureKind(cause as PostgresFailure) !== 'never',
  });
}

// Credentials in a URL, and values named as a password.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)\S*@/gi;
const NAMED_SECRET = /(pass(?:word|wd|phrase)?|pwd|secret)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi;

function withoutSecrets(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1$2***');
}
