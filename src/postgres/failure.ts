import { RepositoryError, TickmarkError } from '../core/errors.js';
import { CommitError } from './postgres-client.js';

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

// Serialization failure, deadlock; shutdown, crash, starting up; too many connections: PostgreSQL, appendix A.
const AGAIN = new Set(['40001', '40P01', '57P01', '57P02', '57P03', '53300']);
// Lock timeout, statement timeout, idle in transaction, read-only server, out of memory or disk.
const LATER = new Set(['55P03', '57014', '25P03', '25006', '53000', '53100', '53200']);
const CUT = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
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
export function failureKind({ code, message }: PostgresFailure): FailureKind {
  if (code === undefined) return CUT_MESSAGE.test(message) ? 'again' : 'never';
  if (AGAIN.has(code) || isConnectionCode(code) || /^08...$/.test(code)) return 'again';
  return LATER.has(code) ? 'later' : 'never';
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
