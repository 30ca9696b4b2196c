import { retryDelay } from '../backoff.js';
import type { Clock, Timer } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { RandomSource } from '../random.js';
import type { PriceStreamAdapter } from './price-stream-adapter.js';

/** Options of {@link RetryingSubscription}. */
export interface RetryingSubscriptionOptions {
  readonly stream: Pick<PriceStreamAdapter, 'subscribe'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called with the error of each refused subscription. */
  readonly onError: (error: unknown) => void;
}

const RETRY = { firstMs: 1000, capMs: 8000 };

/** Subscribes a running stream to more symbols, and retries those that it refuses for now. */
export class RetryingSubscription {
  readonly #options: RetryingSubscriptionOptions;
  readonly #rejected = new Set<string>();
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: RetryingSubscriptionOptions) {
    this.#options = options;
  }

  /** Subscribes to symbols; settles when they are subscribed or refused. Never rejects. */
  async add(symbols: readonly string[]): Promise<void> {
    const { stream, onError } = this.#options;
    try {
      await stream.subscribe(symbols);
      this.#failures = 0;
    } catch (error) {
      if (this.#isStopped) return;
      onError(error);
      if ((error as TickmarkError | undefined)?.retryable === false) return;
      this.retry(symbols);
    }
  }

  /** Subscribes to symbols later. */
  retry(symbols: readonly string[]): void {
    const { clock, random } = this.#options;
    for (const symbol of symbols) this.#rejected.add(symbol);
    this.#timer ??= clock.setTimer(() => this.#addRejected(), retryDelay(++this.#failures, RETRY, random));
  }

  /** Symbols are no longer needed: they are not retried. */
  remove(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#rejected.delete(symbol);
  }

  /** Stops retrying. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
  }

  #addRejected(): void {
    this.#timer = null;
    const symbols = [...this.#rejected];
    this.#rejected.clear();
    if (symbols.length > 0) void this.add(symbols);
  }
}
