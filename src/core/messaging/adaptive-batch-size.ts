import { TickmarkError } from '../errors.js';

/** After this many accepted messages of the current size, a larger size is tried. */
const GROW_AFTER = 32;

/**
 * How many rows of a batch go into one message: all, until a bus refuses a message as too large. Then the number is halved until the bus
 * accepts one. Later it grows again.
 */
export class AdaptiveBatchSize {
  #limit = Infinity;
  /** The limit before it was first halved for the refused rows; `null` while no rows are refused. */
  #before: number | null = null;
  #full = 0;

  /** Most rows in the next message. */
  get limit(): number {
    return this.#limit;
  }

  /** A message of `rows` rows was too large. If even a single row is, the limit before is restored. */
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

/** The error for a row that is too large for any message. */
export function unsendableError(what: string, cause: unknown): TickmarkError {
  const message = `${what} cannot be sent: it is too large even for a message of its own. It is skipped.`;
  return new TickmarkError('MESSAGE_TOO_LARGE', message, { cause });
}
