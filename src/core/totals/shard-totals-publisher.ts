import { checkDelay, systemClock, type Clock, type Timer } from '../clock.js';
import { errorReporter } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import type { CurrencySums } from '../book/sums/currency-sums.js';
import type { OwnedShard } from '../shards/owned-shard.js';
import { EVENT_BUS, type EventBus } from '../messaging/event-bus.js';
import { EventIds } from '../messaging/event-ids.js';
import {
  withDefaults,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  partShape,
  type OptionShapes,
  ERROR_RECEIVERS,
} from '../options.js';
import { systemRandom, type RandomSource } from '../random.js';
import {
  SHARD_TOTALS_FORMAT,
  SHARD_TOTALS,
  shardTotals,
  type ShardTotals,
  type ShardTotalsEvent,
} from './shard-totals-event.js';
import type { Logger } from '../logger.js';
import { keepRaw } from '../keep-raw.js';

/** What {@link ShardTotalsPublisher} reads: a `MarkToMarketEngine`. */
export interface ShardTotalsSource {
  /** Number of all shards; 1 where portfolios are not divided. */
  readonly shardCount: number;
  /** The shards that are loaded. */
  ownedShards(): readonly OwnedShard[];
  /** What the portfolios of a shard are worth. */
  shardSums(shard: number): CurrencySums;
}

/** Options of {@link ShardTotalsPublisher}. */
export interface ShardTotalsPublisherOptions {
  /** The engine whose shards are summed. */
  readonly engine: ShardTotalsSource;
  readonly bus: EventBus;
  /** Time in ms from one event to the next. Default 1,000. */
  readonly intervalMs?: number;
  /** Called with publishes that fail; the next one has newer sums. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** Portfolios that are summed before other work gets its turn. */
const AT_ONCE = 10_000;

const SHAPES: OptionShapes<ShardTotalsPublisherOptions> = {
  ...TIME_AND_CHANCE,
  engine: needed(partShape<ShardTotalsSource>('a MarkToMarketEngine', 'ownedShards', 'shardSums')),
  bus: needed(EVENT_BUS),
  intervalMs: true,
  ...ERROR_RECEIVERS,
};

/**
 * Publishes what the portfolios of each shard of an engine are worth, exactly, for {@link FirmTotals} to add up. Run one beside each engine
 * that shares portfolios with others.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, InMemoryPortfolioRepository } from 'tickmark';
 * import { MarkToMarketEngine, ShardTotalsPublisher } from 'tickmark/parts';
 *
 * const bus = new InMemoryEventBus();
 * const engine = new MarkToMarketEngine({ bus, repository: new InMemoryPortfolioRepository() });
 * await engine.start();
 * const totals = new ShardTotalsPublisher({ engine, bus });
 * totals.start();
 * await totals.close();
 * await engine.close();
 * ```
 */
export class ShardTotalsPublisher {
  static {
    keepRaw(this);
  }

  readonly #engine: ShardTotalsSource;
  readonly #bus: EventBus;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #onError: (error: TickmarkError) => void;
  readonly #ids: EventIds;
  readonly #name: string;
  #sequence = 0;
  /** Shards of the last event. */
  #published: readonly number[] = [];
  #timer: Timer | null = null;
  #publishing: Promise<void> | null = null;
  #isClosed = false;
  #isFailing = false;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: ShardTotalsPublisherOptions) {
    checkOptions('ShardTotalsPublisher', options, SHAPES);
    const { intervalMs, clock, random } = withDefaults(options, {
      intervalMs: 1000,
      clock: systemClock,
      random: systemRandom as RandomSource,
    });
    checkDelay(intervalMs, 'ShardTotalsPublisher: intervalMs');
    this.#engine = options.engine;
    this.#bus = options.bus;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
    this.#onError = errorReporter(options);
    this.#ids = new EventIds('shard-totals', random);
    this.#name = Math.floor(random() * 2 ** 52).toString(36);
  }

  /** Starts to publish, at once and then each `intervalMs`. Idempotent. */
  start(): void {
    if (this.#timer || this.#isClosed) return;
    this.#schedule(0);
  }

  /** Publishes the current sums now. Resolves when the bus has taken them, or has failed; failures go to `onError`. */
  publish(): Promise<void> {
    this.#publishing ??= this.#publish().finally(() => (this.#publishing = null));
    return this.#publishing;
  }

  /** Stops, and tells that other publishers may sum these shards. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.clear();
    await this.#publishing;
    if (this.#published.length > 0) await this.#send([], this.#published);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.setTimer(() => {
      void this.publish().then(() => {
        if (!this.#isClosed) this.#schedule(this.#intervalMs);
      });
    }, delayMs);
  }

  async #publish(): Promise<void> {
    const totals: ShardTotals[] = [];
    let atOnce = 0;
    for (const { shard, since } of this.#engine.ownedShards()) {
      const sums = this.#engine.shardSums(shard);
      totals.push(shardTotals(shard, since, sums));
      atOnce += sums.portfolios;
      if (atOnce < AT_ONCE) continue;
      atOnce = 0;
      await new Promise<void>((resolve) => void this.#clock.setTimer(resolve, 0));
    }
    // Some may have been given up in the meantime.
    const owned = new Set(this.#engine.ownedShards().map(({ shard }) => shard));
    const current = totals.filter(({ shard }) => owned.has(shard));
    await this.#send(
      current,
      this.#published.filter((shard) => !owned.has(shard)),
    );
  }

  async #send(shards: readonly ShardTotals[], released: readonly number[]): Promise<void> {
    const event: ShardTotalsEvent = {
      type: 'tickmark.shards.totals',
      id: this.#ids.next(),
      occurredAt: this.#clock.now(),
      format: SHARD_TOTALS_FORMAT,
      publisher: this.#name,
      sequence: ++this.#sequence,
      shardCount: this.#engine.shardCount,
      shards,
      released,
    };
    try {
      await this.#bus.publish(event);
      this.#published = shards.map(({ shard }) => shard);
      this.#isFailing = false;
    } catch (cause) {
      // Once, until it works again: the next event has all that this one had.
      const message = `Publishing ${SHARD_TOTALS} failed; the next try is in ${this.#intervalMs} ms.`;
      if (!this.#isFailing)
        this.#onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
      this.#isFailing = true;
    }
  }
}
