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
    const { stream, clock, random, onError } = this.#options;
    try {
      await stream.subscribe(symbols);
      this.#failures = 0;
    } catch (error) {
      if (this.#isStopped) return;
      onError(error);
      if ((error as TickmarkError | undefined)?.retryable === false) return;
      for (const symbol of symbols) this.#rejected.add(symbol);
      this.#timer ??= clock.setTimer(() => this.#retry(), retryDelay(++this.#failures, RETRY, random));
    }
  }

  /** Stops retrying. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
  }

  #retry(): void {
    this.#timer = null;
    const symbols = [...this.#rejected];
    this.#rejected.clear();
    void this.add(symbols);
  }
}
