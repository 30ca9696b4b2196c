import type { Clock, Timer } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { RedisLink } from '../redis-link.js';
import type { StreamSubscription } from './stream-subscription.js';
import { streamFailure } from './stream-subscription-owner.js';

/** What a {@link StreamOpener} works with. */
export interface StreamOpenerOptions {
  readonly clock: Clock;
  readonly link: RedisLink;
  readonly subscriptions: ReadonlySet<StreamSubscription>;
  readonly report: (error: TickmarkError) => void;
  /** All have their places, those aside that Redis has refused. */
  readonly onOpened: () => void;
}

const AGAIN_MS = 1000;

/**
 * Gives subscriptions their places in their streams, in the order in which they were made. One that Redis refuses, such as of a
 * key that is no stream, is tried again later and holds nobody up.
 */
export class StreamOpener {
  readonly #with: StreamOpenerOptions;
  readonly #refused = new Set<StreamSubscription>();
  #isAtWork = false;
  #timer: Timer | null = null;

  constructor(options: StreamOpenerOptions) {
    this.#with = options;
  }

  /** Whether what is published now reaches every subscription that can be reached. */
  get isDone(): boolean {
    return this.#next() === undefined;
  }

  /** Opens what is not open yet, if the link is up. */
  async open(): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    const { link, onOpened } = this.#with;
    let { connection } = link;
    for (let next = this.#next(); next && connection; next = this.#next()) {
      await this.#openOne(next);
      connection = link.connection;
    }
    this.#isAtWork = false;
    if (connection) onOpened();
  }

  /** Tries no more. */
  close(): void {
    this.#timer?.clear();
  }

  #next(): StreamSubscription | undefined {
    for (const each of this.#with.subscriptions) {
      if (!each.isOpen && !this.#refused.has(each)) return each;
    }
    return undefined;
  }

  async #openOne(subscription: StreamSubscription): Promise<void> {
    const { link, report } = this.#with;
    const connection = link.connection!;
    try {
      await link.bounded(connection, 'Subscribing', () => subscription.cursor.open(connection));
      subscription.isOpen = true;
      void subscription.read();
    } catch (error) {
      // When the link is down, it is opened on the next.
      if (link.connection !== connection) return;
      this.#refused.add(subscription);
      report(streamFailure('Subscribing to events', subscription.type, error));
      this.#later();
    }
  }

  #later(): void {
    this.#timer ??= this.#with.clock.setTimer(() => {
      this.#timer = null;
      this.#refused.clear();
      void this.open();
    }, AGAIN_MS);
  }
}
