import { RepositoryError, TickmarkError } from '../core/errors.js';
import { CommitError } from './drivers/postgres-client.js';

/**
 * What may be said of a driver's error, as the `cause` of ours: drivers attach statements, parameters, hosts and users to
 * theirs, none of which belongs into a log.
 */
export class PostgresFailure extends Error {
  /** SQLSTATE of the server, or the driver's or system's code such as ECONNRESET, where there is one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = 'PostgresFailure';
    this.code = code;
  }

  /** The failure that an error of a driver tells of. */
  static of(error: unknown): PostgresFailure {
    if (error instanceof CommitError) return PostgresFailure.of(error.cause);
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const text = typeof message === 'string' && message !== '' ? message : 'no reason was given';
    return new PostgresFailure(withoutSecrets(text), typeof code === 'string' ? code : undefined);
  }
}

/**
 * What a failure calls for.
 * - `again`: the transaction did not take effect through no fault of its own: run it again, from its first read;
 * - `later`: the server or the caller's limits stopped it: the same call may succeed later, and is not repeated here;
 * - `never`: it will fail again.
 */
export type FailureKind = 'again' | 'later' | 'never';

/**
 * What becomes of the connection that a failure came over.
 * - `kept`: it is fine;
 * - `replaced`: it is of no use any more, or in a state that is not ours;
 * - `elsewhere`: its server does not do the work now, and so will not on any connection made before: all of them are replaced.
 */
export type ConnectionFate = 'kept' | 'replaced' | 'elsewhere';

// By SQLSTATE: PostgreSQL, appendix A. What is not here is `never` and `kept`.
const JUDGEMENTS: ReadonlyMap<string, readonly [FailureKind, ConnectionFate]> = new Map([
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
  // A read-only server; a standby, which says so in two ways.
  ['25006', ['again', 'elsewhere']],
  ['0A000', ['again', 'elsewhere']],
  ['55000', ['again', 'elsewhere']],
  // A transaction or a prepared statement that somebody else left, or took along: behind a pooler.
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
  // Not let in; what was there before may still be.
  ['28000', ['never', 'kept']],
  ['28P01', ['never', 'kept']],
  // No such database, schema, table, column, function; no right to it: perhaps the connection is to another server than it should be.
  ['3D000', ['never', 'elsewhere']],
  ['3F000', ['never', 'elsewhere']],
  ['42P01', ['never', 'elsewhere']],
  ['42703', ['never', 'elsewhere']],
  ['42883', ['never', 'elsewhere']],
  ['42501', ['never', 'elsewhere']],
]);
const UNKNOWN: readonly [FailureKind, ConnectionFate] = ['never', 'kept'];
const BROKEN: readonly [FailureKind, ConnectionFate] = ['again', 'replaced'];
const CUT = new Set([
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
const CUT_MESSAGE =
  /^(connection terminated|client has encountered a connection error|timeout exceeded when trying to connect|query read timeout)/i;

/** Whether a driver's or the system's code tells of a connection that broke, or that could not be had. */
export function isConnectionCode(code: string): boolean {
  return CUT.has(code);
}

/** Judges a failure by its SQLSTATE, the driver's code, or the message of a driver that has no code for it. */
export function failureKind(failure: PostgresFailure): FailureKind {
  return judgement(failure)[0];
}

/** Says what becomes of the connection. */
export function connectionFate(failure: PostgresFailure): ConnectionFate {
  return judgement(failure)[1];
}

/** Whether the server does not let us in, or not to what we ask for: it takes a change of settings, here or there. */
export function isRefusal({ code = '' }: PostgresFailure): boolean {
  return code.startsWith('28') || code === '3D000' || code === '42501';
}

function judgement({ code, message }: PostgresFailure): readonly [FailureKind, ConnectionFate] {
  if (code === undefined) return CUT_MESSAGE.test(message) ? BROKEN : UNKNOWN;
  if (isConnectionCode(code) || /^08...$/.test(code)) return BROKEN;
  return JUDGEMENTS.get(code) ?? UNKNOWN;
}

/**
 * The REPOSITORY_FAILED that callers get for an error of a driver, or for a call that was given up. An error of ours says
 * what it says and comes back as it is.
 */
export function repositoryFailure(
  what: string,
  error: unknown,
  { attempts = 1, isOutcomeUnknown = false } = {},
): TickmarkError {
  const isOurs = error instanceof TickmarkError;
  if (isOurs && error.code !== 'TIMEOUT') return error;
  const cause = isOurs ? error : PostgresFailure.of(error);
  const code = cause.code === undefined ? '' : ` (${cause.code})`;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const doubt = isOutcomeUnknown ? ' It may have taken effect all the same: load to see.' : '';
  return new RepositoryError(`${what} failed${tries}: ${cause.message}${code}${doubt}`, {
    cause,
    retryable: isOurs || failureKind(cause as PostgresFailure) !== 'never',
  });
}

// Credentials within a URL, and whatever is named a password.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)\S*@/gi;
const NAMED_SECRET = /(pass(?:word|wd|phrase)?|pwd|secret)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi;

function withoutSecrets(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@').replace(NAMED_SECRET, '$1$2***');
}
