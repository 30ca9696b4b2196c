/** Where a symbol stands on one connection. */
export type SubscriptionState =
  /** To be asked for. */
  | 'wanted'
  /** Asked for, not answered. */
  | 'pending'
  | 'confirmed'
  /** To be given back. */
  | 'unwanted';

interface Waiter {
  readonly left: Set<string>;
  readonly resolve: () => void;
}

/**
 * The symbols of one connection: what is wanted, what was asked for, and what the venue said. A new connection has a new
 * table, filled with what is wanted at that time. Symbols that are wanted and given back in turns end as the last call said,
 * whatever was sent in between.
 */
export class SubscriptionTable {
  readonly #states = new Map<string, SubscriptionState>();
  // Asked for and not given back: the venue may deliver them, whatever is wanted by now.
  readonly #asked = new Set<string>();
  readonly #waiters = new Set<Waiter>();
  #open = 0;

  /** Symbols that are wanted and not yet confirmed. */
  get open(): number {
    return this.#open;
  }

  /** Where the symbol stands; `undefined` for one that is not on the table. */
  stateOf(symbol: string): SubscriptionState | undefined {
    return this.#states.get(symbol);
  }

  /** Symbols in a state, in the order they were wanted. */
  in(state: SubscriptionState): string[] {
    return [...this.#states].filter(([, each]) => each === state).map(([symbol]) => symbol);
  }

  /** Wants symbols. */
  want(symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      const state = this.#states.get(symbol);
      if (state === undefined) this.#set(symbol, 'wanted');
      // Its frame of giving back has not left: the venue still delivers it.
      else if (state === 'unwanted') this.#set(symbol, 'confirmed');
    }
  }

  /** Gives symbols back. */
  drop(symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      if (this.#asked.has(symbol)) this.#set(symbol, 'unwanted');
      else this.#delete(symbol);
      this.#answered(symbol);
    }
  }

  /** Up to `most` symbols to ask for now; they are pending from here on. */
  takeWanted(most: number): string[] {
    const taken = this.in('wanted').slice(0, most);
    for (const symbol of taken) {
      this.#asked.add(symbol);
      this.#set(symbol, 'pending');
    }
    return taken;
  }

  /** Up to `most` symbols to give back now; they are off the table from here on. */
  takeUnwanted(most: number): string[] {
    const taken = this.in('unwanted').slice(0, most);
    for (const symbol of taken) this.#delete(symbol);
    return taken;
  }

  /** Asks again for what is pending. */
  retryPending(): void {
    for (const symbol of this.in('pending')) this.#set(symbol, 'wanted');
  }

  /** The venue delivers the symbol. @returns whether that was open. */
  confirm(symbol: string): boolean {
    const state = this.#states.get(symbol);
    if (state !== 'pending' && state !== 'wanted') return false;
    this.#set(symbol, 'confirmed');
    this.#answered(symbol);
    return true;
  }

  /** The venue refuses the symbol: it goes off the table. @returns whether it was on it. */
  refuse(symbol: string): boolean {
    if (!this.#states.has(symbol)) return false;
    this.#delete(symbol);
    this.#answered(symbol);
    return true;
  }

  /** Resolves when each of the symbols has been confirmed, refused or given back. */
  settled(symbols: Iterable<string>): Promise<void> {
    const left = new Set([...symbols].filter((symbol) => this.#isOpen(this.#states.get(symbol))));
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ left, resolve }));
  }

  /** The connection is over: nobody waits for its answers any longer. */
  close(): void {
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  #answered(symbol: string): void {
    for (const waiter of this.#waiters) {
      if (!waiter.left.delete(symbol)) continue;
      if (waiter.left.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #set(symbol: string, state: SubscriptionState): void {
    this.#count(symbol, state);
    this.#states.set(symbol, state);
  }

  #delete(symbol: string): void {
    this.#asked.delete(symbol);
    this.#count(symbol, undefined);
    this.#states.delete(symbol);
  }

  #count(symbol: string, next: SubscriptionState | undefined): void {
    this.#open += Number(this.#isOpen(next)) - Number(this.#isOpen(this.#states.get(symbol)));
  }

  #isOpen(state: SubscriptionState | undefined): boolean {
    return state === 'wanted' || state === 'pending';
  }
}
