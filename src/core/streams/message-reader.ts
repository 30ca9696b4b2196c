import type { TickmarkError } from '../errors.js';
import { ConflatedMessages } from './conflated-messages.js';
import { isGap, type PriceStreamMessage } from './price-stream-adapter.js';

type Result = IteratorResult<PriceStreamMessage, undefined>;

interface Waiter {
  resolve(result: Result): void;
  reject(error: TickmarkError): void;
}

const DONE: Result = { value: undefined, done: true };

/** An async iterator over the messages of a stream; conflates while its reader is slow. */
export class MessageReader implements AsyncIterator<PriceStreamMessage, undefined> {
  readonly #pending = new ConflatedMessages();
  readonly #waiting: Waiter[] = [];
  readonly #onClose: (reader: MessageReader) => void;
  #hasEnded = false;
  #error: TickmarkError | undefined;

  constructor(onClose: (reader: MessageReader) => void) {
    this.#onClose = onClose;
  }

  /** Adds a message. */
  receive(message: PriceStreamMessage): void {
    if (this.#hasEnded) return;
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve({ value: isGap(message) ? message : { ...message }, done: false });
    else this.#pending.push(message);
  }

  next(): Promise<Result> {
    const message = this.#pending.shift();
    if (message) return Promise.resolve({ value: message, done: false });
    if (!this.#hasEnded) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const error = this.#error;
    this.#error = undefined;
    return error ? Promise.reject(error) : Promise.resolve(DONE);
  }

  return(): Promise<Result> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /** Ends the iterator after the waiting messages, with the error if there is one. */
  end(error?: TickmarkError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onClose(this);
    const waiting = this.#waiting.splice(0);
    const [first, ...others] = waiting;
    if (error && !first) this.#error = error;
    else if (error) first!.reject(error);
    else first?.resolve(DONE);
    for (const waiter of others) waiter.resolve(DONE);
  }

  /** Ends the iterator at once; waiting messages are dropped. */
  stop(): void {
    this.#pending.clear();
    this.#error = undefined;
    this.end();
  }
}
