import { BoundedCalls, sleep, systemClock, type Clock } from '../core/clock.js';
import { TickmarkError, invalidArgument, throwIfAborted } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { PostgresFailure, failureKind, isRefusal, repositoryFailure } from './failure.js';
import {
  CommitError,
  REFUSE_READ_ONLY,
  type PostgresClient,
  type RunStatement,
} from './drivers/postgres-client.js';

/** How transactions are limited and repeated. All times in ms. */
export interface TransactionOptions {
  /** Longest that one statement may run: `statement_timeout`. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for a row that someone else has locked: `lock_timeout`. Default 5,000. */
  readonly lockTimeoutMs?: number;
  /** Longest that the server waits for us inside a transaction: `idle_in_transaction_session_timeout`. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Longest that one attempt may take, getting a connection included: a server that has gone silent ends no statement. Default 15,000. */
  readonly attemptTimeoutMs?: number;
  /** Attempts at one transaction, the first included. Default 8. */
  readonly attempts?: number;
  /** Cap of the first wait before another attempt; it doubles each time. A wait is anything from 0 to its cap (full jitter). Default 20. */
  readonly retryBaseMs?: number;
  /** Cap of all waits. Default 1,000. */
  readonly retryCapMs?: number;
  /** No further attempt begins after this time. Default 10,000. */
  readonly retryDeadlineMs?: number;
  /**
   * Whether a server that takes no writes may answer loads: a standby, which may be behind, or one that was set read-only, such as
   * the primary of before a failover. Default `false`: a connection to one is replaced, and the transaction run again.
   */
  readonly allowReadOnly?: boolean;
  /** Ends what is waited for, with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter. Default: one that differs from run to run. */
  readonly random?: RandomSource;
}

/** Counters of transactions since creation. */
export interface TransactionStats {
  /** Statements sent, not counting those that begin and end a transaction. */
  readonly statements: number;
  /** Attempts beyond the first. */
  readonly retries: number;
  /** Calls that failed for good, other than by a conflict or a missing portfolio. */
  readonly failures: number;
}

/** What one attempt knows of those before it. */
export interface Attempt {
  /** Whether one of them failed while it was being committed, so that it may have taken effect. */
  readonly isOutcomeUnknown: boolean;
}

/**
 * Runs work in transactions with limits of their own, and runs the whole of it again, from its first read, when the server
 * rolled it back or the connection broke. Limits are set within the transaction, so they also hold behind a pooler.
 */
export class RetriedTransactions {
  readonly #client: PostgresClient;
  readonly #options: Required<Omit<TransactionOptions, 'signal' | 'allowReadOnly'>>;
  readonly #signal: AbortSignal | undefined;
  readonly #begin: string;
  readonly #calls: BoundedCalls;
  readonly #logger: Logger | undefined;
  readonly #told = new Set<string>();
  #statements = 0;
  #retries = 0;
  #failures = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range; `where` names whose. */
  constructor(
    client: PostgresClient,
    options: TransactionOptions & { readonly logger?: Logger },
    where: string,
  ) {
    this.#client = client;
    this.#signal = options.signal;
    this.#logger = options.logger;
    this.#options = {
      statementTimeoutMs: duration(options.statementTimeoutMs, 10_000, `${where}: statementTimeoutMs`),
      lockTimeoutMs: duration(options.lockTimeoutMs, 5_000, `${where}: lockTimeoutMs`),
      idleTimeoutMs: duration(options.idleTimeoutMs, 10_000, `${where}: idleTimeoutMs`),
      attemptTimeoutMs: duration(options.attemptTimeoutMs, 15_000, `${where}: attemptTimeoutMs`),
      attempts: duration(options.attempts, 8, `${where}: attempts`),
      retryBaseMs: duration(options.retryBaseMs, 20, `${where}: retryBaseMs`),
      retryCapMs: duration(options.retryCapMs, 1_000, `${where}: retryCapMs`),
      retryDeadlineMs: duration(options.retryDeadlineMs, 10_000, `${where}: retryDeadlineMs`),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    };
    const { allowReadOnly = false } = options;
    const { statementTimeoutMs, lockTimeoutMs, idleTimeoutMs, attemptTimeoutMs, clock } = this.#options;
    // Each statement must see what was committed before it; a float64 must come back whole, whatever the role's settings.
    this.#begin = `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}; SET LOCAL extra_float_digits = 1; SET LOCAL jit = off;${allowReadOnly ? '' : ` ${REFUSE_READ_ONLY}`}`;
    this.#calls = new BoundedCalls(clock, attemptTimeoutMs);
  }

  /** Counters. */
  stats(): TransactionStats {
    return { statements: this.#statements, retries: this.#retries, failures: this.#failures };
  }

  /** Waits for nothing any longer, now and later: what runs, and what is asked for, fails with `CLOSED`. */
  close(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'The repository was closed.'));
  }

  /**
   * Runs `work` until an attempt commits; `what` names it in errors. Each attempt starts from nothing but its arguments.
   * @throws RepositoryError `REPOSITORY_FAILED`; errors of ours that `work` throws; `ABORTED` by the signal.
   */
  async run<Result>(
    what: string,
    work: (query: RunStatement, attempt: Attempt) => Promise<Result>,
  ): Promise<Result> {
    const { clock, attempts, retryDeadlineMs } = this.#options;
    const deadline = clock.monotonic() + retryDeadlineMs;
    let isOutcomeUnknown = false;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(this.#signal, what);
      try {
        const result = await this.#attempt(what, work, { isOutcomeUnknown });
        this.#told.clear();
        return result;
      } catch (error) {
        isOutcomeUnknown ||= error instanceof CommitError;
        const waitMs = this.#backoffMs(attempt);
        const isLast = attempt >= attempts || clock.monotonic() + waitMs >= deadline;
        if (isLast || !isTransient(error)) {
          throw this.#failed(what, error, attempt, isOutcomeUnknown);
        }
        this.#retries++;
        await this.#sleep(what, waitMs);
      }
    }
  }

  // Calls meet a refusal again and again; the log says it once, until one of them gets through.
  #tellOnce(error: unknown): void {
    const failure = PostgresFailure.of(error);
    if (!isRefusal(failure) || this.#told.has(failure.code!)) return;
    this.#told.add(failure.code!);
    this.#logger?.error({ error: failure }, 'PostgreSQL does not let the repository in.');
  }

  #attempt<Result>(
    what: string,
    work: (query: RunStatement, attempt: Attempt) => Promise<Result>,
    attempt: Attempt,
  ): Promise<Result> {
    const cancel = new AbortController();
    const call = () =>
      this.#client.transaction(
        this.#begin,
        ({ query }) => {
          const counted: RunStatement = (text, parameters) => {
            this.#statements++;
            return query(text, parameters);
          };
          return work(counted, attempt);
        },
        cancel.signal,
      );
    // Given up, it must not hold a connection of the pool for as long as the network stays silent.
    return this.#calls.run(what, call).catch((error: unknown) => {
      cancel.abort();
      throw error;
    });
  }

  #backoffMs(attempt: number): number {
    const { random, retryBaseMs, retryCapMs } = this.#options;
    return random() * Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(attempt - 1, 30));
  }

  async #sleep(what: string, ms: number): Promise<void> {
    try {
      await sleep(this.#options.clock, ms, this.#signal);
    } catch {
      throwIfAborted(this.#signal, what);
    }
  }

  #failed(what: string, error: unknown, attempts: number, isOutcomeUnknown: boolean): TickmarkError {
    const isLate = error instanceof TickmarkError && error.code === 'TIMEOUT';
    if (error instanceof TickmarkError && !isLate) return error;
    this.#failures++;
    this.#tellOnce(error);
    return repositoryFailure(what, error, { attempts, isOutcomeUnknown: isOutcomeUnknown || isLate });
  }
}

// One of ours is an answer, not a fault; that an attempt took too long says that the next one would, too.
function isTransient(error: unknown): boolean {
  return !(error instanceof TickmarkError) && failureKind(PostgresFailure.of(error)) === 'again';
}

function duration(given: number | undefined, fallback: number, where: string): number {
  if (given === undefined) return fallback;
  if (Number.isInteger(given) && given >= 1 && given < 2 ** 31) return given;
  throw invalidArgument(where, given, 'a whole number from 1 to 2147483647');
}
