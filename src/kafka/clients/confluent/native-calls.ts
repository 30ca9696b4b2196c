import { ClientError } from '../client-error.js';
import { confluentError } from './confluent-error.js';

/**
 * The calls of a client that are on their way. It must not be disconnected before they have ended: librdkafka would free what they still use, which
 * ends the process.
 */
export class NativeCalls {
  readonly #open = new Set<Promise<unknown>>();
  #isClosed = false;

  /** Calls a method that takes a callback. @throws as `confluentError()`. */
  callback<Result>(call: (done: (error: unknown, result: Result) => void) => unknown): Promise<Result> {
    return this.run(
      () =>
        new Promise<Result>((resolve, reject) => {
          call((error, result) => (error ? reject(error as Error) : resolve(result)));
        }),
    );
  }

  /** Calls a method that returns a promise. @throws as `confluentError()`. */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new ClientError({ message: 'the client is closed', retriable: true });
    const running = call();
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.#open.add(ended);
    void ended.then(() => this.#open.delete(ended));
    try {
      return await running;
    } catch (error) {
      throw confluentError(error);
    }
  }

  /** Begins no more calls; resolves when all have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#open.size > 0) await Promise.all(this.#open);
  }
}
