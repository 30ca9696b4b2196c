import { checkDelay, systemClock, type Clock, type Timer } from '../clock.js';
import { errorReporter } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import { EVENT_BUS, type EventBus } from '../messaging/event-bus.js';
import { EventIds } from '../messaging/event-ids.js';
import {
  withDefaults,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  type OptionShapes,
  ERROR_RECEIVERS,
} from '../options.js';
import { systemRandom, type RandomSource } from '../random.js';
import type { Unsubscribe } from '../unsubscribe.js';
import {
  FOLLOWED_FORMAT,
  FOLLOWERS_REQUESTED,
  PORTFOLIOS_FOLLOWED,
  type PortfoliosFollowedEvent,
} from './followed-events.js';
import type { Logger } from '../logger.js';
import { keepRaw } from '../keep-raw.js';

/** Options of {@link PortfolioFollower}. */
export interface PortfolioFollowerOptions {
  readonly bus: EventBus;
  /** Time in ms from one announcement of all followed portfolios to the next. Engines forget them after three. Default 10,000. */
  readonly renewMs?: number;
  /** Called with announcements that fail; they are retried each second. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** Ids in one event. */
const MOST_IDS = 1000;
const RETRY_MS = 1000;
const ANSWER_WITHIN_MS = 250;

const SHAPES: OptionShapes<PortfolioFollowerOptions> = {
  ...TIME_AND_CHANCE,
  bus: needed(EVENT_BUS),
  renewMs: true,
  ...ERROR_RECEIVERS,
};

/**
 * Tells engines with `publish: 'followed'` which portfolios somebody follows. A gateway has one; use one yourself where you listen to the
 * values of single portfolios on the bus.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, PORTFOLIOS_VALUED } from 'tickmark';
 * import { PortfolioFollower } from 'tickmark/parts';
 *
 * const bus = new InMemoryEventBus();
 * const follower = new PortfolioFollower({ bus });
 * bus.subscribe(PORTFOLIOS_VALUED, (batch) => console.log(batch.find('p1')?.marketValue?.toString()));
 * const unfollow = follower.follow('p1');
 * unfollow();
 * follower.close();
 * ```
 */
export class PortfolioFollower {
  static {
    keepRaw(this);
  }

  readonly #bus: EventBus;
  readonly #renewMs: number;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #onError: (error: TickmarkError) => void;
  readonly #ids: EventIds;
  /** How often each portfolio is followed. */
  readonly #followed = new Map<string, number>();
  /** Those that were not announced yet. */
  readonly #fresh = new Set<string>();
  readonly #unsubscribe: Unsubscribe;
  #freshTimer: Timer | null = null;
  #renewal: Timer | null = null;
  #isFailing = false;
  #isClosed = false;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: PortfolioFollowerOptions) {
    checkOptions('PortfolioFollower', options, SHAPES);
    const { renewMs, clock, random } = withDefaults(options, {
      renewMs: 10_000,
      clock: systemClock,
      random: systemRandom as RandomSource,
    });
    checkDelay(renewMs, 'PortfolioFollower: renewMs');
    this.#bus = options.bus;
    this.#renewMs = renewMs;
    this.#clock = clock;
    this.#random = random;
    this.#onError = errorReporter(options);
    this.#ids = new EventIds('follower', random);
    // With a delay by chance, so that all followers do not answer at once.
    this.#unsubscribe = options.bus.subscribe(FOLLOWERS_REQUESTED, () =>
      this.#renewIn(random() * ANSWER_WITHIN_MS),
    );
    this.#renewIn(renewMs);
  }

  /** Follows a portfolio from now on; its value is published at once. @returns A function that ends that. */
  follow(portfolioId: string): Unsubscribe {
    const count = this.#followed.get(portfolioId) ?? 0;
    this.#followed.set(portfolioId, count + 1);
    if (count === 0) this.#announceSoon(portfolioId);
    let isFollowed = true;
    return () => {
      if (!isFollowed) return;
      isFollowed = false;
      const left = this.#followed.get(portfolioId)! - 1;
      if (left > 0) return void this.#followed.set(portfolioId, left);
      this.#followed.delete(portfolioId);
      this.#fresh.delete(portfolioId);
    };
  }

  /** Announces nothing any longer. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#freshTimer?.clear();
    this.#renewal?.clear();
  }

  // Those of one turn of the event loop go together.
  #announceSoon(portfolioId: string): void {
    if (this.#isClosed) return;
    this.#fresh.add(portfolioId);
    this.#freshTimer ??= this.#clock.setTimer(() => {
      this.#freshTimer = null;
      const fresh = [...this.#fresh];
      this.#fresh.clear();
      void this.#announce(fresh);
    }, 0);
  }

  #renewIn(delayMs: number): void {
    if (this.#isClosed) return;
    this.#renewal?.clear();
    this.#renewal = this.#clock.setTimer(() => {
      this.#renewIn(this.#renewMs);
      void this.#announce([...this.#followed.keys()]);
    }, delayMs);
  }

  async #announce(portfolioIds: readonly string[]): Promise<void> {
    try {
      for (let from = 0; from < portfolioIds.length && !this.#isClosed; from += MOST_IDS) {
        const event: PortfoliosFollowedEvent = {
          type: 'tickmark.portfolios.followed',
          id: this.#ids.next(),
          occurredAt: this.#clock.now(),
          format: FOLLOWED_FORMAT,
          portfolioIds: portfolioIds.slice(from, from + MOST_IDS),
          expiresInMs: 3 * this.#renewMs,
        };
        await this.#bus.publish(event);
      }
      if (portfolioIds.length > 0) this.#isFailing = false;
    } catch (cause) {
      if (this.#isClosed) return;
      const message = `Publishing ${PORTFOLIOS_FOLLOWED} failed; it is retried.`;
      if (!this.#isFailing)
        this.#onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
      this.#isFailing = true;
      this.#renewIn(RETRY_MS * (0.75 + this.#random() / 2));
    }
  }
}
