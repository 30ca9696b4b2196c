import type { Clock, Timer } from '../../core/clock.js';
import type { RedisLink } from '../redis-link.js';
import type { StreamSubscription } from './stream-subscription.js';
import type { StreamFailures } from './stream-failures.js';

/** Options of {@link SubscriptionOpener}. */
export interface SubscriptionOpenerOptions {
  readonly clock: Clock;
  readonly link: RedisLink;
  readonly subscriptions: ReadonlySet<StreamSubscription>;
  readonly failures: StreamFailures;
  /** All subscriptions are open, except those that Redis refused. */
  readonly onOpened: () => void;
}

const RETRY_MS = 1000;

/**
 * Opens subscriptions in the order in which they were made. One that Redis refuses, such as for a key that is not a stream, is
 * retried later and does not delay the others.
 */
export class SubscriptionOpener {
  readonly #options: SubscriptionOpenerOptions;
  readonly #refused = new Set<StreamSubscription>();
  #isOpening = false;
  #timer: Timer | null = null;

  constructor(options: SubscriptionOpenerOptions) {
    this.#options = options;
  }

  /** Whether events published now reach every subscription, except those that Redis refused. */
  get isComplete(): boolean {
    return this.#next() === undefined;
  }

  /** Opens the subscriptions that are not open yet, if the link is up. */
  async open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    const { link, onOpened } = this.#options;
    let { connection } = link;
    for (let next = this.#next(); next && connection; next = this.#next()) {
      await this.#openOne(next);
      connection = link.connection;
    }
    this.#isOpening = false;
    if (connection) onOpened();
  }

  /** Stops retrying. */
  close(): void {
    this.#timer?.clear();
  }

  #next(): StreamSubscription | undefined {
    for (const each of this.#options.subscriptions) {
      if (!each.isOpen && !this.#refused.has(each)) return each;
    }
    return undefined;
  }

  async #openOne(subscription: StreamSubscription): Promise<void> {
    const { link, failures } = this.#options;
    const connection = link.connection!;
    try {
      await link.bounded(connection, 'Subscribing', () => subscription.cursor.open(connection));
      subscription.isOpen = true;
      void subscription.read();
    } catch (error) {
      // If the link went down, the subscription is opened on the next connection.
      if (link.connection !== connection) return;
      this.#refused.add(subscription);
      failures.report('Subscribing to events', subscription.type, error);
      this.#retryLater();
    }
  }

  #retryLater(): void {
    this.#timer ??= this.#options.clock.setTimer(() => {
      this.#timer = null;
      this.#refused.clear();
      void this.open();
    }, RETRY_MS);
  }
}
