import type { Clock, Timer } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { PriceStreamAdapter } from './price-stream-adapter.js';

/** What a {@link RetryingSubscription} works with. */
export interface RetryingSubscriptionOptions {
  readonly stream: Pick<PriceStreamAdapter, 'subscribe'>;
  readonly clock: Clock;
  /** Told of each refusal. */
  readonly onError: (error: unknown) => void;
}

const RETRY_MS = 1000;

/** Subscribes a running stream to more symbols: those that it refuses for the moment are asked for again. */
export class RetryingSubscription {
  readonly #options: RetryingSubscriptionOptions;
  readonly #rejected = new Set<string>();
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: RetryingSubscriptionOptions) {
    this.#options = options;
  }

  /** Asks for symbols; settles when they are subscribed or refused. Never rejects. */
  async add(symbols: readonly string[]): Promise<void> {
    const { stream, onError } = this.#options;
    try {
      await stream.subscribe(symbols);
    } catch (error) {
      if (this.#isStopped) return;
      onError(error);
      if ((error as TickmarkError | undefined)?.retryable === false) return;
      for (const symbol of symbols) this.#rejected.add(symbol);
      this.#timer ??= this.#options.clock.setTimer(() => this.#retry(), RETRY_MS);
    }
  }

  /** Asks for nothing more. */
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
