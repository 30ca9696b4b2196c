import { retryDelay } from '../core/backoff.js';
import { BoundedCalls, sleep, systemClock, type Clock } from '../core/clock.js';
import { attempt } from '../core/error-reporter.js';
import { TickmarkError, abortedError, throwIfAborted } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { checkNumber, withDefaults, SIGNAL, TIME_AND_CHANCE, type OptionShapes } from '../core/options.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { PostgresFailure, failureKind, isRefusal, repositoryFailure } from './failure.js';
import {
  CommitError,
  REFUSE_READ_ONLY,
  type PostgresClient,
  type RunStatement,
} from './drivers/postgres-client.js';
import { newerTables, refuseNewerTables } from './schema-version.js';
import type { TableNames } from './table-names.js';

/** Time limits and retries of transactions. All times in ms. */
export interface TransactionOptions {
  /** Longest that one statement may run: `statement_timeout`. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for a row that another transaction has locked: `lock_timeout`. Default 5,000. */
  readonly lockTimeoutMs?: number;
  /** Longest that the server waits for the next statement of a transaction: `idle_in_transaction_session_timeout`. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Longest that one attempt may take, including the wait for a connection: a silent server ends no statement. Default 15,000. */
  readonly attemptTimeoutMs?: number;
  /** Attempts at one transaction, including the first. Default 8. */
  readonly attempts?: number;
  /** Greatest wait before the second attempt; it doubles with each further one. A wait is drawn from 0 to that (full jitter). Default 20. */
  readonly retryBaseMs?: number;
  /** Greatest wait before any attempt. Default 1,000. */
  readonly retryCapMs?: number;
  /** No attempt begins later than this after the first. Default 10,000. */
  readonly retryDeadlineMs?: number;
  /**
   * Whether a read-only server may answer loads: a standby, which may lag behind, or one that was set read-only, such as
   * the former primary after a failover. Default `false`: a connection to one is replaced, and the transaction retried.
   */
  readonly allowReadOnly?: boolean;
  /** Ends all waits, with `ABORTED`. Default: none. */
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
  /** Attempts after the first. */
  readonly retries: number;
  /** Calls that failed, other than by a conflict or a missing portfolio. */
  readonly failures: number;
}

/** What each option of transactions may be. */
export const TRANSACTION_OPTIONS: OptionShapes<TransactionOptions> = {
  ...TIME_AND_CHANCE,
  ...SIGNAL,
  statementTimeoutMs: true,
  lockTimeoutMs: true,
  idleTimeoutMs: true,
  attemptTimeoutMs: true,
  attempts: true,
  retryBaseMs: true,
  retryCapMs: true,
  retryDeadlineMs: true,
  allowReadOnly: 'boolean',
};

const NUMBERS = {
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  idleTimeoutMs: 10_000,
  attemptTimeoutMs: 15_000,
  attempts: 8,
  retryBaseMs: 20,
  retryCapMs: 1_000,
  retryDeadlineMs: 10_000,
};
const NUMBER_RANGE = { from: 1, to: 2 ** 31 - 1, isWhole: true };

/** Information for an attempt about earlier ones. */
export interface Attempt {
  /** Whether one of them failed during its commit, so that it may have taken effect. */
  readonly isOutcomeUnknown: boolean;
}

/**
 * Runs work in transactions with time limits, and retries the whole transaction, from its first read, when the server
 * rolled it back or the connection broke. Limits are set within the transaction, so they also hold behind a pooler.
 */
export class RetriedTransactions {
  readonly #client: PostgresClient;
  readonly #areMigrated: boolean;
  readonly #options: Required<Omit<TransactionOptions, 'signal'>>;
  readonly #signal: AbortSignal | undefined;
  readonly #begin: string;
  readonly #calls: BoundedCalls;
  readonly #logger: Logger | undefined;
  readonly #loggedRefusals = new Set<string>();
  #statements = 0;
  #retries = 0;
  #failures = 0;

  /**
   * @param tables Refused if a newer version of tickmark has changed them. `null`: those of the user, which `migrate()` does not create.
   * @param where Name of the class in errors.
   * @throws TickmarkError `INVALID_ARGUMENT` for an option out of range.
   */
  constructor(
    client: PostgresClient,
    tables: TableNames | null,
    options: TransactionOptions & { readonly logger?: Logger },
    where: string,
  ) {
    this.#client = client;
    this.#areMigrated = tables !== null;
    this.#signal = options.signal;
    this.#logger = options.logger;
    for (const name of Object.keys(NUMBERS) as Array<keyof typeof NUMBERS>) {
      const given = options[name];
      if (given !== undefined) checkNumber(`${where}: ${name}`, given, NUMBER_RANGE);
    }
    this.#options = withDefaults(options, {
      ...NUMBERS,
      allowReadOnly: false as boolean,
      clock: systemClock,
      random: systemRandom,
    });
    const { statementTimeoutMs, lockTimeoutMs, idleTimeoutMs, attemptTimeoutMs, allowReadOnly, clock } =
      this.#options;
    // Each statement must see what was committed before it, and float64s must keep all digits, whatever the role's settings.
    this.#begin = `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}; SET LOCAL extra_float_digits = 1; SET LOCAL jit = off;${allowReadOnly ? '' : ` ${REFUSE_READ_ONLY}`}${tables ? ` ${refuseNewerTables(tables)}` : ''}`;
    this.#calls = new BoundedCalls(clock, attemptTimeoutMs);
  }

  /** Counters. */
  stats(): TransactionStats {
    return { statements: this.#statements, retries: this.#retries, failures: this.#failures };
  }

  /** Transactions that run now, and later calls, reject with `CLOSED`. */
  close(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'The repository was closed.'));
  }

  /**
   * Runs `work` until an attempt commits; `what` names it in errors. No attempt may keep state of an earlier one.
   * @param signal Ends this call alone, also while an attempt is under way.
   * @throws RepositoryError `REPOSITORY_FAILED`; TickmarkErrors that `work` throws; `ABORTED` by the signal.
   */
  async run<Result>(
    what: string,
    work: (query: RunStatement, attempt: Attempt) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { clock, random, attempts, retryBaseMs, retryCapMs, retryDeadlineMs } = this.#options;
    const deadline = clock.monotonic() + retryDeadlineMs;
    let isOutcomeUnknown = false;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(this.#signal, what);
      throwIfAborted(signal, what);
      try {
        const result = await this.#attempt(what, work, { isOutcomeUnknown }, signal);
        this.#loggedRefusals.clear();
        return result;
      } catch (error) {
        isOutcomeUnknown ||= error instanceof CommitError;
        const waitMs = retryDelay(attempt, { firstMs: retryBaseMs, capMs: retryCapMs }, random);
        const isLast = attempt >= attempts || clock.monotonic() + waitMs >= deadline;
        if (isLast || !isTransient(error)) {
          throw this.#failed(what, error, attempt, isOutcomeUnknown);
        }
        this.#retries++;
        await this.#sleep(what, waitMs, signal);
      }
    }
  }

  // Every call meets the same refusal; it is logged once, until a call succeeds.
  #logRefusalOnce(error: unknown): void {
    const failure = PostgresFailure.of(error);
    if (!isRefusal(failure) || this.#loggedRefusals.has(failure.code!)) return;
    this.#loggedRefusals.add(failure.code!);
    attempt(() => this.#logger?.error({ error: failure }, 'PostgreSQL refused access to the repository.'));
  }

  #attempt<Result>(
    what: string,
    work: (query: RunStatement, attempt: Attempt) => Promise<Result>,
    attempt: Attempt,
    signal: AbortSignal | undefined,
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
    const { clock, attemptTimeoutMs } = this.#options;
    const calls = signal ? new BoundedCalls(clock, attemptTimeoutMs) : this.#calls;
    const onAbort = (): void => calls.abandon(abortedError(signal!, what));
    signal?.addEventListener('abort', onAbort, { once: true });
    return calls
      .run(what, call)
      .catch((error: unknown) => {
        // After its time limit, an attempt must not hold a connection for as long as the network stays silent.
        cancel.abort();
        throw error;
      })
      .finally(() => signal?.removeEventListener('abort', onAbort));
  }

  async #sleep(what: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const both = this.#signal && signal ? AbortSignal.any([this.#signal, signal]) : (signal ?? this.#signal);
    try {
      await sleep(this.#options.clock, ms, both);
    } catch {
      throwIfAborted(both, what);
    }
  }

  #failed(what: string, error: unknown, attempts: number, isOutcomeUnknown: boolean): TickmarkError {
    const isLate = error instanceof TickmarkError && error.code === 'TIMEOUT';
    if (error instanceof TickmarkError && !isLate) return error;
    this.#failures++;
    const newer = newerTables(what, PostgresFailure.of(error));
    if (newer) return newer;
    this.#logRefusalOnce(error);
    const isInDoubt = isOutcomeUnknown || isLate;
    const areMigrated = this.#areMigrated;
    return repositoryFailure(what, error, { attempts, isOutcomeUnknown: isInDoubt, areMigrated });
  }
}

// A TickmarkError is a result, not a fault; after a timeout the next attempt would take as long.
function isTransient(error: unknown): boolean {
  return !(error instanceof TickmarkError) && failureKind(PostgresFailure.of(error)) === 'again';
}
