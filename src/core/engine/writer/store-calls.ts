import { BoundedCalls, type Clock } from '../../clock.js';
import { RepositoryError, TickmarkError } from '../../errors.js';

const CALL_LIMIT_MS = 30_000;

/** Calls the store with a time limit; counts and reports failures. */
export class StoreCalls {
  /** Calls that failed and are retried. */
  failures = 0;
  readonly #calls: BoundedCalls;
  readonly #onError: (error: TickmarkError) => void;
  readonly #onFailed: () => void;
  #isStopped = false;

  constructor(clock: Clock, onError: (error: TickmarkError) => void, onFailed: () => void) {
    this.#calls = new BoundedCalls(clock, CALL_LIMIT_MS);
    this.#onError = onError;
    this.#onFailed = onFailed;
  }

  /** Settles like the call. @throws also `TIMEOUT`; `CLOSED` after `stop()`. */
  run<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    return this.#calls.run(what, call);
  }

  /** Counts and reports a call that failed and is retried. */
  recordFailure(cause: unknown, message = 'The repository failed to save; it is retried.'): void {
    // After that, values that are not stored are reported in one error.
    if (this.#isStopped) return;
    this.failures++;
    this.#onFailed();
    this.#onError(new RepositoryError(message, { cause }));
  }

  /** Reports a row that the store refuses. */
  reportRefusal(what: string, cause: unknown): void {
    const message = `The repository refuses ${what}. It is quarantined and retried later; all others are stored.`;
    this.#onError(new RepositoryError(message, { retryable: false, cause }));
  }

  /** Stops waiting for calls. */
  stop(): void {
    this.#isStopped = true;
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed before the repository had answered.'));
  }
}
