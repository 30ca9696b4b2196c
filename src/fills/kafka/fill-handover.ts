import type { TickmarkError } from '../../core/errors.js';
import type { FillMessage } from '../../core/fills/fill-stream.js';

/** A list that waits for its reader, or is being processed. */
export class HandedList {
  readonly messages: readonly FillMessage[];
  /** Settles when the list is processed. */
  readonly processed: Promise<void>;
  isProcessed = false;
  #settle!: () => void;

  constructor(messages: readonly FillMessage[]) {
    this.messages = messages;
    this.processed = new Promise((resolve) => (this.#settle = resolve));
  }

  /** The reader has asked for the next list. */
  markProcessed(): void {
    this.isProcessed = true;
    this.#settle();
  }
}

/** Hands lists from consumers, which push, to a reader, which asks. */
export class FillHandover {
  readonly #lists: HandedList[] = [];
  #failure: TickmarkError | null = null;
  #wake: () => void = () => undefined;

  /** Puts a list in line. */
  give(messages: readonly FillMessage[]): HandedList {
    const list = new HandedList(messages);
    this.#lists.push(list);
    this.#wake();
    return list;
  }

  /** Takes a list out of line: its records come again. Does nothing if the reader has it. */
  withdraw(list: HandedList): void {
    const at = this.#lists.indexOf(list);
    if (at >= 0) this.#lists.splice(at, 1);
  }

  /** No more lists: the reader gets the error after those in line. */
  fail(error: TickmarkError): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** The next list; `null` when the signal has fired. @throws the error of `fail()`. */
  async next(signal: AbortSignal): Promise<HandedList | null> {
    while (!signal.aborted) {
      const list = this.#lists.shift();
      if (list) return list;
      if (this.#failure) throw this.#failure;
      await this.#news(signal);
    }
    return null;
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
