import { TickmarkError } from '../errors.js';

/** Messages of the largest size that went through, after which a larger one is tried. */
const GROW_AFTER = 32;

/**
 * How many rows of a batch go into one message: all, until a bus says that a message is too large, then half of them, and
 * so on. Later, more again.
 */
export class AdaptiveBatchSize {
  #limit = Infinity;
  /** The limit before the search under way began. */
  #before: number | null = null;
  #full = 0;

  /** Most rows in the next message. */
  get limit(): number {
    return this.#limit;
  }

  /** A message of so many rows was too large. One row alone has nothing to do with how many others fit. */
  tooLarge(rows: number): void {
    this.#full = 0;
    this.#before ??= this.#limit;
    if (rows > 1) {
      this.#limit = Math.ceil(rows / 2);
      return;
    }
    this.#limit = this.#before;
    this.#before = null;
  }

  /** A message of so many rows went through. */
  accepted(rows: number): void {
    if (rows < this.#limit || ++this.#full < GROW_AFTER) return;
    this.#full = 0;
    this.#limit *= 2;
  }

  /** All that was refused has gone through. */
  completed(): void {
    this.#before = null;
  }
}

/** Whether a bus refuses a message for its size. */
export function isMessageTooLarge(cause: unknown): cause is TickmarkError {
  return (cause as { code?: unknown } | null | undefined)?.code === 'MESSAGE_TOO_LARGE';
}

/** What cannot be sent, however small the message. */
export function unsendableError(what: string, cause: unknown): TickmarkError {
  const message = `${what} cannot be sent: it is too large for a message of its own. It is left out.`;
  return new TickmarkError('MESSAGE_TOO_LARGE', message, { cause });
}
