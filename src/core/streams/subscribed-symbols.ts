import { TickmarkError } from '../errors.js';

/** The subscribed symbols of a stream, in the order in which they were subscribed, up to a limit. */
export class SubscribedSymbols {
  /** The symbols. */
  readonly all: ReadonlySet<string>;
  readonly #symbols = new Set<string>();
  readonly #streamName: string;
  readonly #limit: number;

  constructor(streamName: string, limit: number) {
    this.all = this.#symbols;
    this.#streamName = streamName;
    this.#limit = limit;
  }

  /**
   * Adds all of the symbols that are not subscribed yet, or none. @returns those.
   * @throws TickmarkError `SUBSCRIPTION_LIMIT`.
   */
  add(symbols: Iterable<string>): readonly string[] {
    const added = [...symbols].filter((symbol) => !this.#symbols.has(symbol));
    this.#checkLimit(added.length);
    for (const symbol of added) this.#symbols.add(symbol);
    return added;
  }

  /** Removes symbols. @returns those that were subscribed. */
  remove(symbols: Iterable<string>): readonly string[] {
    return [...symbols].filter((symbol) => this.#symbols.delete(symbol));
  }

  /** Adds a symbol without regard to the limit. @returns whether it is new. */
  adopt(symbol: string): boolean {
    if (this.#symbols.has(symbol)) return false;
    this.#symbols.add(symbol);
    return true;
  }

  /** Removes all symbols. */
  clear(): void {
    this.#symbols.clear();
  }

  #checkLimit(more: number): void {
    const { size } = this.#symbols;
    if (more === 0 || size + more <= this.#limit) return;
    throw new TickmarkError(
      'SUBSCRIPTION_LIMIT',
      `${this.#streamName}.subscribe(): ${more} more symbols and the ${size} subscribed make ${size + more}; at most ${this.#limit} are ` +
        'possible. No symbol of this call was subscribed.',
    );
  }
}
