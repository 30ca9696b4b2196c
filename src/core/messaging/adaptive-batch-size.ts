import { TickmarkError } from '../errors.js';

/** Accepted messages of the largest size after which a larger one is tried. */
const GROW_AFTER = 32;

/**
 * How many rows of a batch go into one message. All of them, until a bus refuses a message as too large; then half as many, and
 * so on. The size grows again later.
 */
export class AdaptiveBatchSize {
  #limit = Infinity;
  /** The limit before the current search began. */
  #before: number | null = null;
  #full = 0;

  /** Most rows in the next message. */
  get limit(): number {
    return this.#limit;
  }

  /** A message of `rows` rows was too large. A single row that is too large does not change the limit. */
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

  /** The bus accepted a message of `rows` rows. */
  accepted(rows: number): void {
    if (rows < this.#limit || ++this.#full < GROW_AFTER) return;
    this.#full = 0;
    this.#limit *= 2;
  }

  /** All rows of the refused message have been sent. */
  completed(): void {
    this.#before = null;
  }
}

/** Whether a bus refused a message because of its size. */
export function isMessageTooLarge(cause: unknown): cause is TickmarkError {
  return (cause as { code?: unknown } | null | undefined)?.code === 'MESSAGE_TOO_LARGE';
}

/** The error of a row that is too large even alone. */
export function unsendableError(what: string, cause: unknown): TickmarkError {
  const message = `${what} cannot be sent: it is too large even for a message of its own. It is skipped.`;
  return new TickmarkError('MESSAGE_TOO_LARGE', message, { cause });
}
