import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { PRICES_CHANGED } from '../../core/prices/price-changed-event.js';
import { STREAM_GAP, type StreamGapEvent } from '../../core/prices/stream-gap-event.js';
import { PortfolioFollower } from '../../core/following/portfolio-follower.js';
import { BUS_GAP, type BusGapEvent } from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { ACCESS_CHANGED, type AccessChangedEvent } from '../readers/access-change.js';
import { HOLDINGS_CHANGED } from '../../core/portfolio/holdings-changed-event.js';
import { PORTFOLIOS_VALUED } from '../../core/engine/portfolio-valued-event.js';
import type { FollowedTopic } from './followed-topic.js';
import type { GatewayOptions } from '../gateway-options.js';
import type { ResolvedTimes } from '../gateway-times.js';
import { readAccessChange, readBusGap, readStreamGap, type AccessChange } from './received-events.js';
import { PortfolioFeed } from './portfolio-feed.js';
import { PriceFeed } from './price-feed.js';
import { StatusFeed } from './status-feed.js';

/** What {@link Feeds} work with. */
export interface FeedsOptions {
  readonly gateway: GatewayOptions;
  /** Whether prices are served. */
  readonly hasPrices: boolean;
  readonly times: ResolvedTimes;
  readonly clock: Clock;
  readonly onChanged: () => void;
  readonly onTopicRemoved: (topic: FollowedTopic) => void;
  readonly onError: (error: TickmarkError) => void;
  /** A gateway of another process has revoked access. */
  readonly onAccessChanged: (change: AccessChange) => void;
  /** Such an event may have been missed. */
  readonly onAccessChangeMissed: () => void;
}

/** Everything that arrives at the gateway: values, prices, gaps and the state of the stream. */
export class Feeds {
  readonly portfolios: PortfolioFeed;
  /** `null` if prices are not served. */
  readonly prices: PriceFeed | null;
  readonly status: StatusFeed;
  readonly #options: FeedsOptions;
  readonly #follower: PortfolioFollower;
  readonly #unsubscribes: readonly Unsubscribe[];
  #refreshedAt: number;

  constructor(options: FeedsOptions) {
    const { gateway, hasPrices, times, clock, onChanged, onTopicRemoved, onError } = options;
    const { bus, values, stream, book, staleAfter, calendars } = gateway;
    this.#options = options;
    this.#refreshedAt = clock.monotonic();
    this.#follower = new PortfolioFollower({ bus, clock, random: gateway.random, onError });
    this.portfolios = new PortfolioFeed({
      values,
      follow: (id) => this.#follower.follow(id),
      clock,
      timeoutMs: times.timeoutMs,
      onChanged,
      onTopicRemoved,
      onError,
    });
    this.prices = hasPrices
      ? new PriceFeed({ clock, staleAfter, calendars, book, onChanged, onError })
      : null;
    this.status = new StatusFeed(stream, clock, times.busProbeMs === 0, onChanged, (symbols) =>
      this.#markPricesStale(symbols),
    );
    this.#unsubscribes = [
      bus.subscribe(PORTFOLIOS_VALUED, (batch) => this.portfolios.take(batch)),
      ...(this.prices ? [bus.subscribe(PRICES_CHANGED, (batch) => this.prices!.take(batch))] : []),
      bus.subscribe(HOLDINGS_CHANGED, ({ portfolioId, change }) => {
        if (change === 'deleted') this.portfolios.remove(portfolioId);
      }),
      bus.subscribe(STREAM_GAP, (event) => this.#streamGap(event)),
      bus.subscribe(BUS_GAP, (event) => this.#busGap(event)),
      bus.subscribe(ACCESS_CHANGED, (event) => this.#accessChanged(event)),
    ];
  }

  /** Brings every topic up to date at an offset. @returns The ones that have changed. */
  *refresh(offset: number): Iterable<FollowedTopic> {
    yield* this.status.refresh(offset);
    yield* this.portfolios.refresh(offset);
    if (this.prices) yield* this.prices.refresh(offset);
  }

  /** Reads everything again when that is due, because grades change with age alone. @param now On the monotonic clock. */
  tick(now: number): void {
    const { refreshMs } = this.#options.times;
    if (now - this.#refreshedAt < refreshMs) return;
    this.#refreshedAt = now;
    this.portfolios.markOlderThan(refreshMs);
    this.prices?.markAll();
  }

  /** The bus delivers from now on, or does not: then known values may not be the newest. */
  busChanged(delivers: boolean): void {
    this.status.busChanged(delivers);
    if (delivers) this.portfolios.reload();
    else this.#markPricesStale(null);
  }

  /** Listens no longer. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.status.stop();
    this.portfolios.stop();
    this.#follower.close();
  }

  // An event that cannot be read may concern anything. The bus reports the error.
  #streamGap(event: StreamGapEvent): void {
    let symbols: readonly string[] | null = null;
    try {
      const received = readStreamGap(event);
      symbols = received.symbols;
      this.status.gap(received.gap);
    } finally {
      this.#markPricesStale(symbols);
    }
  }

  #busGap(event: BusGapEvent): void {
    let isMissing = (_type: string): boolean => true;
    try {
      const { from, to, types, reason } = readBusGap(event);
      isMissing = (type) => types.includes(type);
      this.status.gap({ from, to, symbolCount: null, reason, recovered: false });
    } finally {
      if (isMissing(ACCESS_CHANGED)) this.#options.onAccessChangeMissed();
      if (isMissing(PRICES_CHANGED)) this.prices?.markStale(null);
      this.portfolios.reload();
    }
  }

  #accessChanged(event: AccessChangedEvent): void {
    let change: AccessChange | undefined;
    try {
      change = readAccessChange(event);
    } finally {
      if (!change) this.#options.onAccessChangeMissed();
    }
    this.#options.onAccessChanged(change);
  }

  // Prices may be out of date: those here, and those in the values of portfolios, which their source grades.
  #markPricesStale(symbols: readonly string[] | null): void {
    this.prices?.markStale(symbols);
    this.portfolios.markOlderThan(0);
  }
}
