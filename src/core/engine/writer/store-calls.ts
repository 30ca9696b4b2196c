import { BoundedCalls, type Clock } from '../../clock.js';
import { RepositoryError, TickmarkError } from '../../errors.js';

const CALL_LIMIT_MS = 30_000;

/** Calls of the store: each is given up after a time; what fails is counted and reported. */
export class StoreCalls {
  /** Calls that failed and are tried again. */
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

  /** Settles as the call does. @throws also `TIMEOUT`; `CLOSED` once stopped. */
  run<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    return this.#calls.run(what, call);
  }

  /** A call failed, and what it was to store is offered again. */
  recordFailure(cause: unknown, message = 'The repository failed to save; it is tried again.'): void {
    // Whoever stops the calls tells what was not stored.
    if (this.#isStopped) return;
    this.failures++;
    this.#onFailed();
    this.#onError(new RepositoryError(message, { cause }));
  }

  /** The store refuses a row, and will again. */
  reportRefusal(what: string, cause: unknown): void {
    const message = `The repository refuses ${what}. It is set aside and tried again later; all others are stored.`;
    this.#onError(new RepositoryError(message, { retryable: false, cause }));
  }

  /** Waits for no call any longer. */
  stop(): void {
    this.#isStopped = true;
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed before the repository had answered.'));
  }
}
