import type { Unsubscribe } from '../unsubscribe.js';
import type { Clock } from '../clock.js';
import { BUS_GAP, type EventBus } from '../messaging/event-bus.js';
import type { EventIds } from '../messaging/event-ids.js';
import { PRICES_CHANGED, type PriceChangedBatch } from '../prices/price-changed-event.js';
import { ARRIVAL_UNITS_PER_MS } from '../prices/price-stamp.js';
import {
  PRICES_HEARTBEAT,
  PRICES_REQUESTED,
  PRICES_SNAPSHOT,
  type PricesRequestedEvent,
  type PricesSnapshotEvent,
} from '../prices/price-sync-events.js';
import { STREAM_GAP } from '../prices/stream-gap-event.js';
import type { RandomSource } from '../random.js';
import type { PositionBook } from '../book/position-book.js';
import { MissedPrices } from './missed-prices.js';

/** Options of {@link PriceIntake}. */
export interface PriceIntakeOptions {
  readonly bus: EventBus;
  readonly book: PositionBook;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called when the book has taken prices or gaps, with the numbers of the symbols whose stored price is now out of date. */
  readonly onApplied: (symbolNumbers: readonly number[]) => void;
}

/** Applies prices and gaps from the bus to the book, and requests missed prices. */
export class PriceIntake {
  /** Batches applied. */
  batches = 0;
  /** Prices taken. */
  prices = 0;
  /** Prices ignored because a newer one was known. */
  outdatedPrices = 0;
  /** Gaps received, of price streams or of the bus. */
  gaps = 0;
  readonly #options: PriceIntakeOptions;
  readonly #missedPrices: MissedPrices;
  #unsubscribes: Unsubscribe[] = [];
  #mayMissPrices = false;

  constructor(options: PriceIntakeOptions) {
    const { clock, random, book } = options;
    this.#options = options;
    this.#missedPrices = new MissedPrices({
      clock,
      random,
      request: (publisher) => this.#requestPrices(publisher),
      onUnanswered: () => book.markStale(),
    });
  }

  /** Whether the bus has lost prices and none has come since, so that another engine may know newer ones. */
  get mayMissPrices(): boolean {
    return this.#mayMissPrices;
  }

  /** How often prices were missing. */
  get missed(): number {
    return this.#missedPrices.missed;
  }

  /** Subscribes, and requests all prices that were published before. */
  start(): void {
    const { bus } = this.#options;
    this.#unsubscribes.push(
      bus.subscribe(PRICES_CHANGED, (batch) => this.#applyPrices(batch)),
      bus.subscribe(PRICES_HEARTBEAT, (heartbeat) => this.#missedPrices.heartbeat(heartbeat)),
      bus.subscribe(PRICES_SNAPSHOT, (snapshot) => this.#endSnapshot(snapshot)),
      bus.subscribe(STREAM_GAP, ({ gap, arrival, occurredAt, publication }) => {
        this.gaps++;
        this.#missedPrices.received(publication);
        this.#applyGap(gap.symbols, arrival ?? occurredAt * ARRIVAL_UNITS_PER_MS);
      }),
      bus.subscribe(BUS_GAP, ({ types }) => {
        this.gaps++;
        if (types.includes(PRICES_CHANGED)) this.#onBusGap();
      }),
    );
    this.#missedPrices.start();
  }

  /** Ends the subscriptions; `start()` can be called again. */
  unsubscribe(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
  }

  /** Ends the subscriptions and all requests for missed prices. */
  stop(): void {
    this.unsubscribe();
    this.#missedPrices.stop();
  }

  #applyPrices(batch: PriceChangedBatch): void {
    this.#missedPrices.received(batch.publication);
    const taken = this.#options.book.applyPrices(batch);
    if (taken.length > 0 && !this.#missedPrices.isMissing) this.#mayMissPrices = false;
    this.batches++;
    this.prices += taken.length;
    this.outdatedPrices += batch.length - taken.length;
    this.#options.onApplied(taken);
  }

  #applyGap(symbols: readonly string[], arrival: number): void {
    const { book, onApplied } = this.#options;
    const taken = book.takeGap(symbols, arrival);
    onApplied(taken.filter((id) => book.latestPrices.isKnown(id)));
  }

  // A snapshot repeats the gaps, because a gap event may have been missed.
  #endSnapshot(snapshot: PricesSnapshotEvent): void {
    if (this.#missedPrices.snapshot(snapshot)) this.#mayMissPrices = false;
    for (const { arrival, symbols } of snapshot.gaps) this.#applyGap(symbols, arrival);
  }

  #onBusGap(): void {
    this.#mayMissPrices = true;
    this.#options.book.markStale();
    this.#missedPrices.busGap();
  }

  #requestPrices(publisher: string | null): void {
    const { bus, clock, ids } = this.#options;
    const event: PricesRequestedEvent = {
      type: PRICES_REQUESTED,
      id: ids.next(),
      occurredAt: clock.now(),
      publisher,
    };
    // A lost request is repeated while prices are missing.
    void (async () => bus.publish(event))().catch(() => undefined);
  }
}
