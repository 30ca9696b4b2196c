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

/** A stream that belongs to the caller. `release()` undoes what was done to it here, and nothing else. */
export class BorrowedStream {
  readonly #stream: PriceStreamAdapter;
  readonly #subscription: RetryingSubscription;
  /** Symbols that were subscribed here, and not by the caller before. */
  readonly #added = new Set<string>();
  #hasConnected = false;
  #isReleased = false;

  constructor(options: BorrowedStreamOptions) {
    this.#stream = options.stream;
    this.#subscription = new RetryingSubscription(options);
  }

  /** Connects the stream unless the caller did. @throws as `PriceStreamAdapter.connect`; `ABORTED`. */
  async connect(signal?: AbortSignal): Promise<void> {
    const { state } = this.#stream.getStatus();
    this.#hasConnected = state === 'disconnected' || state === 'failed';
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

  /** Disconnects the stream if it was connected here; otherwise unsubscribes from the symbols that were added here. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#subscription.stop();
    if (this.#hasConnected) await this.#stream.disconnect();
    else if (this.#added.size > 0) await this.#stream.unsubscribe([...this.#added]);
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    await this.#stream.connect(signal && { signal });
    // Released meanwhile, and the stream could not cancel its connect().
    if (this.#isReleased && this.#hasConnected) await this.#stream.disconnect();
  }

  #recordAdded(symbols: readonly string[]): void {
    const subscribed = new Set(this.#stream.getSubscribedSymbols());
    for (const symbol of symbols) if (!subscribed.has(symbol)) this.#added.add(symbol);
  }
}
