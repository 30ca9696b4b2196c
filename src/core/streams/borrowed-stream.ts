import type { Clock } from '../clock.js';
import type { RandomSource } from '../random.js';
import { withSignal } from './price-stream-link.js';
import type { PriceStreamAdapter } from './price-stream-adapter.js';
import { RetryingSubscription } from './retrying-subscription.js';

/** Options of {@link BorrowedStream}. */
export interface BorrowedStreamOptions {
  readonly stream: PriceStreamAdapter;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called with the error of each subscription of {@link BorrowedStream.add} that the stream rejects. */
  readonly onError: (error: unknown) => void;
}

/** What all borrowers of a stream have done to it. */
interface Borrowed {
  borrowers: number;
  /** Whether one of them connected it. */
  isConnectedHere: boolean;
  /** How many of them need each symbol that the caller had not subscribed to. */
  readonly needed: Map<string, number>;
}

const borrowedStreams = new WeakMap<PriceStreamAdapter, Borrowed>();

/**
 * A stream that belongs to the caller, and that others may borrow too. `release()` undoes what was done to it here and nobody else needs, and nothing
 * else: the last one disconnects it if one of them connected it.
 */
export class BorrowedStream {
  readonly #stream: PriceStreamAdapter;
  readonly #subscription: RetryingSubscription;
  /** Symbols that are needed here, and that the caller had not subscribed to. */
  readonly #added = new Set<string>();
  #borrowed: Borrowed | null = null;
  #isReleased = false;

  constructor(options: BorrowedStreamOptions) {
    this.#stream = options.stream;
    this.#subscription = new RetryingSubscription(options);
  }

  /** Connects the stream unless the caller did. @throws as `PriceStreamAdapter.connect`; `ABORTED`. */
  async connect(signal?: AbortSignal): Promise<void> {
    this.#borrow();
    const connecting = this.#connect(signal);
    await (signal ? withSignal(connecting, signal, 'Starting') : connecting);
  }

  /** Subscribes. @throws as `PriceStreamAdapter.subscribe`; `ABORTED`. */
  async subscribe(symbols: readonly string[], signal?: AbortSignal): Promise<void> {
    this.#recordAdded(symbols);
    const subscribing = this.#stream.subscribe(symbols);
    await (signal ? withSignal(subscribing, signal, 'Starting') : subscribing);
  }

  /** Subscribes to more symbols, and retries if the stream rejects them for now. Never throws. */
  add(symbols: readonly string[]): void {
    if (this.#isReleased) return;
    this.#recordAdded(symbols);
    void this.#subscription.add(symbols);
  }

  /** Undoes what was done to the stream here and nobody else needs: disconnects it, or unsubscribes from symbols. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#subscription.stop();
    const borrowed = this.#borrowed;
    if (!borrowed) return;
    this.#borrowed = null;
    borrowed.borrowers--;
    const unneeded = [...this.#added].filter((symbol) => isLast(borrowed.needed, symbol));
    if (borrowed.borrowers === 0 && borrowed.isConnectedHere) await this.#disconnect(borrowed);
    else if (unneeded.length > 0) await this.#stream.unsubscribe(unneeded);
  }

  #borrow(): void {
    let borrowed = borrowedStreams.get(this.#stream);
    if (!borrowed) {
      borrowed = { borrowers: 0, isConnectedHere: false, needed: new Map() };
      borrowedStreams.set(this.#stream, borrowed);
    }
    this.#borrowed = borrowed;
    borrowed.borrowers++;
    const { state } = this.#stream.getStatus();
    if (state === 'disconnected' || state === 'failed') borrowed.isConnectedHere = true;
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const borrowed = this.#borrowed!;
    await this.#stream.connect(signal && { signal });
    // Released meanwhile, and the stream could not cancel its connect().
    if (borrowed.borrowers === 0 && !borrowedStreams.has(this.#stream)) await this.#stream.disconnect();
  }

  async #disconnect(borrowed: Borrowed): Promise<void> {
    if (borrowedStreams.get(this.#stream) === borrowed) borrowedStreams.delete(this.#stream);
    await this.#stream.disconnect();
  }

  #recordAdded(symbols: readonly string[]): void {
    const needed = this.#borrowed?.needed;
    if (!needed) return;
    const subscribed = new Set(this.#stream.getSubscribedSymbols());
    for (const symbol of symbols) {
      const count = needed.get(symbol) ?? 0;
      if (this.#added.has(symbol) || (count === 0 && subscribed.has(symbol))) continue;
      this.#added.add(symbol);
      needed.set(symbol, count + 1);
    }
  }
}

/** Whether nobody else needs a symbol; one need of it ends. */
function isLast(needed: Map<string, number>, symbol: string): boolean {
  const count = needed.get(symbol) ?? 0;
  if (count > 1) needed.set(symbol, count - 1);
  else needed.delete(symbol);
  return count <= 1;
}
