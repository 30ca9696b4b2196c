import type { ErrorCode } from './error-code.js';

/** Options of {@link TickmarkError}. */
export interface TickmarkErrorOptions {
  /** Whether the same call may succeed later, without any change. Default `false`. */
  readonly retryable?: boolean;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * Base class of all errors that tickmark throws or reports.
 *
 * @example
 * ```ts
 * import { Decimal, TickmarkError } from 'tickmark';
 *
 * try {
 *   Decimal.from('12,50');
 * } catch (error) {
 *   if (!(error instanceof TickmarkError)) throw error;
 *   console.log(error.code, error.retryable); // INVALID_DECIMAL false
 * }
 * ```
 */
export class TickmarkError extends Error {
  /** What went wrong. */
  readonly code: ErrorCode;
  /** Whether the same call may succeed later, without any change. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: TickmarkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/**
 * Holdings were changed between load and save (`VERSION_CONFLICT`). Load the portfolio again and repeat the change;
 * `MarkToMarket.update()` does that. A new portfolio whose id is taken gets it too, and is not `retryable`.
 *
 * @example
 * ```ts
 * import { ConcurrencyError, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const loaded = await repository.save(Portfolio.create({ id: 'ada', currency: 'USD' }));
 * await repository.save(loaded.buy('AAPL', 10, '187.20'));
 * await repository.save(loaded.buy('MSFT', 5, '402.10')).catch((error: unknown) => {
 *   if (error instanceof ConcurrencyError) console.log(error.expectedVersion, error.actualVersion); // 1 2
 * });
 * ```
 */
export class ConcurrencyError extends TickmarkError {
  /** The id of the portfolio. */
  readonly portfolioId: string;
  /** The version that the caller had loaded. */
  readonly expectedVersion: number;
  /** The stored version; `undefined` if the store does not report it. */
  readonly actualVersion: number | undefined;

  constructor(portfolioId: string, expectedVersion: number, actualVersion?: number) {
    const found = actualVersion === undefined ? '' : `, found ${actualVersion}`;
    const isNew = expectedVersion === 0;
    const message = isNew
      ? `A portfolio with the id ${quote(portfolioId)} exists already${found && `, at version ${actualVersion}`}. Load and change it, or choose another id.`
      : `Portfolio ${quote(portfolioId)} was changed by someone else: expected version ${expectedVersion}${found}. Load it again and redo the change.`;
    super('VERSION_CONFLICT', message, { retryable: !isNew });
    this.portfolioId = portfolioId;
    this.expectedVersion = expectedVersion;
    this.actualVersion = actualVersion;
  }
}

/**
 * A portfolio does not exist (`PORTFOLIO_NOT_FOUND`) or was deleted (`PORTFOLIO_DELETED`).
 *
 * @example
 * ```ts
 * import { EntityNotFoundError, InMemoryPortfolioRepository } from 'tickmark';
 *
 * await new InMemoryPortfolioRepository().delete('ada', 1).catch((error: unknown) => {
 *   if (error instanceof EntityNotFoundError) console.log(error.code, error.portfolioId); // PORTFOLIO_NOT_FOUND ada
 * });
 * ```
 */
export class EntityNotFoundError extends TickmarkError {
  /** The id of the portfolio. */
  readonly portfolioId: string;

  constructor(
    portfolioId: string,
    code: 'PORTFOLIO_NOT_FOUND' | 'PORTFOLIO_DELETED' = 'PORTFOLIO_NOT_FOUND',
  ) {
    super(
      code,
      code === 'PORTFOLIO_DELETED'
        ? `Portfolio ${quote(portfolioId)} was deleted.`
        : `No portfolio has the id ${quote(portfolioId)}.`,
    );
    this.portfolioId = portfolioId;
  }
}

/**
 * The store failed (`REPOSITORY_FAILED`). Retryable, unless the store says otherwise.
 *
 * @example
 * ```ts
 * import { RepositoryError } from 'tickmark';
 *
 * // In a repository of your own:
 * const query = (run: () => Promise<unknown>) =>
 *   run().catch((cause: unknown) => {
 *     throw new RepositoryError('The query failed.', { cause });
 *   });
 * ```
 */
export class RepositoryError extends TickmarkError {
  constructor(message: string, options: TickmarkErrorOptions = {}) {
    super('REPOSITORY_FAILED', message, { retryable: true, ...options });
  }
}

/**
 * A lock was not acquired in time (`LOCK_TIMEOUT`), or its lease was lost (`LEASE_LOST`).
 *
 * @example
 * ```ts
 * import { InMemoryLock, LockError } from 'tickmark';
 *
 * const lock = new InMemoryLock();
 * await using lease = await lock.acquire('nightly-report');
 * await lock.acquire('nightly-report', { waitMs: 0 }).catch((error: unknown) => {
 *   if (error instanceof LockError) console.log(error.code, error.key); // LOCK_TIMEOUT nightly-report
 * });
 * ```
 */
export class LockError extends TickmarkError {
  /** The key of the lock. */
  readonly key: string;

  constructor(
    code: 'LOCK_TIMEOUT' | 'LEASE_LOST',
    key: string,
    message: string,
    options: TickmarkErrorOptions = {},
  ) {
    super(code, message, { retryable: true, ...options });
    this.key = key;
  }
}

/** Throws `ABORTED`, with the signal's reason as its cause, if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw abortedError(signal, what);
}

/** The `ABORTED` error for a signal that has fired. */
export function abortedError(signal: AbortSignal, what: string): TickmarkError {
  return new TickmarkError('ABORTED', `${what} was aborted by the caller's signal.`, {
    cause: signal.reason,
  });
}

/** The error for a wrong argument: where it was passed, what is accepted, and what was passed. */
export function invalidArgument(where: string, given: unknown, accepted: string): TickmarkError {
  return new TickmarkError('INVALID_ARGUMENT', `${where}: expected ${accepted}, got ${quote(given)}.`);
}

/** Formats a value for a message: quoted, escaped, and cut at 64 characters, so that hostile input cannot flood a log. */
export function quote(value: unknown): string {
  let shown: string;
  if (typeof value === 'string') shown = JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  else if (typeof value === 'object' && value !== null)
    shown = Array.isArray(value) ? 'an array' : value instanceof Date ? 'a Date' : 'an object';
  else if (typeof value === 'bigint') shown = `${value}n`;
  else shown = String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
