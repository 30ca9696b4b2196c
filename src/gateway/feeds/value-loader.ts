import { BoundedCalls, type Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { ValueSource } from '../value-source.js';
import { isPromise } from '../is-promise.js';
import type { LoadedValue } from './followed-portfolio.js';

/** What a {@link ValueLoader} works with. */
export interface ValueLoaderOptions {
  readonly values: ValueSource;
  readonly clock: Clock;
  /** How long a source with promises may take, ms. */
  readonly timeoutMs: number;
  readonly onError: (error: TickmarkError) => void;
}

/** Reads values from the source of the application. */
export class ValueLoader {
  readonly #options: ValueLoaderOptions;
  readonly #calls: BoundedCalls;
  #isRemote = false;

  constructor(options: ValueLoaderOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.timeoutMs);
  }

  /** Whether the source returns promises. Known from the first call on. */
  get isRemote(): boolean {
    return this.#isRemote;
  }

  /** A value, if the source returns it at once. `undefined` if it returns a promise. @throws TickmarkError What the source throws. */
  read(portfolioId: string): LoadedValue | undefined {
    try {
      const answer = this.#options.values.value(portfolioId);
      if (!isPromise(answer)) return answer;
      this.#isRemote = true;
      answer.catch(() => undefined);
      return undefined;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** A value, at once if the source returns it at once. @throws TickmarkError What the source throws, or rejects with. */
  load(portfolioId: string): LoadedValue | Promise<LoadedValue> {
    try {
      const answer = this.#options.values.value(portfolioId);
      if (!isPromise(answer)) return answer;
      this.#isRemote = true;
      return this.#calls
        .run('Reading a value', () => answer)
        .catch((cause: unknown) => {
          throw this.#failed(cause);
        });
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** Waits for no answer any longer. */
  stop(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'This Gateway is closed.'));
  }

  #failed(cause: unknown): TickmarkError {
    const message = 'The source of values failed.';
    const error = new TickmarkError('HANDLER_FAILED', message, { cause, retryable: true });
    this.#options.onError(error);
    return error;
  }
}
