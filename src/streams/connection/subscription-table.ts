/** State of a symbol on one connection. */
export type SubscriptionState =
  /** To be requested. */
  | 'wanted'
  /** Requested, and not answered. */
  | 'pending'
  | 'confirmed'
  /** To be unsubscribed. */
  | 'unwanted';

interface Waiter {
  readonly remaining: Set<string>;
  readonly resolve: () => void;
}

/**
 * The symbols of one connection: which are wanted, which were requested, and what the venue answered. Each connection has its own table,
 * filled with the symbols that are wanted when it opens. If a symbol is wanted and removed in turns, the last call decides, whatever
 * was sent in between.
 */
export class SubscriptionTable {
  readonly #states = new Map<string, SubscriptionState>();
  // Requested and not unsubscribed: the venue may deliver these, whether or not they are still wanted.
  readonly #requested = new Set<string>();
  readonly #waiters = new Set<Waiter>();
  #unconfirmed = 0;

  /** Symbols that are wanted and not yet confirmed. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** State of the symbol; `undefined` if it is not in the table. */
  stateOf(symbol: string): SubscriptionState | undefined {
    return this.#states.get(symbol);
  }

  /** Symbols in a state, in the order in which they were wanted. */
  in(state: SubscriptionState): string[] {
    return [...this.#states].filter(([, each]) => each === state).map(([symbol]) => symbol);
  }

  /** Adds symbols. */
  want(symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      const state = this.#states.get(symbol);
      if (state === undefined) this.#set(symbol, 'wanted');
      // Its unsubscribe frame has not been sent: the venue still delivers it.
      else if (state === 'unwanted') this.#set(symbol, 'confirmed');
    }
  }

  /** Removes symbols; ones that were requested become `unwanted` first. */
  remove(symbols: Iterable<string>): void {
    for (const symbol of symbols) {
      if (this.#requested.has(symbol)) this.#set(symbol, 'unwanted');
      else this.#delete(symbol);
      this.#resolveWaiters(symbol);
    }
  }

  /** Takes up to `most` symbols to request now; they become pending. */
  takeWanted(most: number): string[] {
    const taken = this.in('wanted').slice(0, most);
    for (const symbol of taken) {
      this.#requested.add(symbol);
      this.#set(symbol, 'pending');
    }
    return taken;
  }

  /** Takes up to `most` symbols to unsubscribe now; they leave the table. */
  takeUnwanted(most: number): string[] {
    const taken = this.in('unwanted').slice(0, most);
    for (const symbol of taken) this.#delete(symbol);
    return taken;
  }

  /** Makes pending symbols wanted again, so that they are requested once more. */
  retryPending(): void {
    for (const symbol of this.in('pending')) this.#set(symbol, 'wanted');
  }

  /** The venue delivers the symbol. @returns whether it was unconfirmed. */
  confirm(symbol: string): boolean {
    const state = this.#states.get(symbol);
    if (state !== 'pending' && state !== 'wanted') return false;
    this.#set(symbol, 'confirmed');
    this.#resolveWaiters(symbol);
    return true;
  }

  /** The venue refuses the symbol: it leaves the table. @returns whether it was in it. */
  refuse(symbol: string): boolean {
    if (!this.#states.has(symbol)) return false;
    this.#delete(symbol);
    this.#resolveWaiters(symbol);
    return true;
  }

  /** Resolves when each of the symbols has been confirmed, refused or removed. */
  settled(symbols: Iterable<string>): Promise<void> {
    const remaining = new Set([...symbols].filter((symbol) => this.#isUnconfirmed(this.#states.get(symbol))));
    if (remaining.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ remaining, resolve }));
  }

  /** The connection has ended: resolves all waits. */
  close(): void {
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
  }

  #resolveWaiters(symbol: string): void {
    for (const waiter of this.#waiters) {
      if (!waiter.remaining.delete(symbol)) continue;
      if (waiter.remaining.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #set(symbol: string, state: SubscriptionState): void {
    this.#updateCount(symbol, state);
    this.#states.set(symbol, state);
  }

  #delete(symbol: string): void {
    this.#requested.delete(symbol);
    this.#updateCount(symbol, undefined);
    this.#states.delete(symbol);
  }

  #updateCount(symbol: string, next: SubscriptionState | undefined): void {
    this.#unconfirmed +=
      Number(this.#isUnconfirmed(next)) - Number(this.#isUnconfirmed(this.#states.get(symbol)));
  }

  #isUnconfirmed(state: SubscriptionState | undefined): boolean {
    return state === 'wanted' || state === 'pending';
  }
}
