import type { Clock } from '../clock.js';
import type { DomainEvent, EventBus } from '../messaging/event-bus.js';
import type { Unsubscribe } from '../unsubscribe.js';
import type { EventIds } from '../messaging/event-ids.js';
import { Heartbeat } from './heartbeat.js';
import type { PriceBacklog } from './price-backlog.js';
import {
  PRICES_HEARTBEAT,
  PRICES_REQUESTED,
  PRICES_SNAPSHOT,
  type PricesHeartbeatEvent,
  type PricesSnapshotEvent,
  type Publication,
} from '../prices/price-sync-events.js';

/** What a {@link PriceSync} works with. */
export interface PriceSyncOptions {
  readonly bus: EventBus;
  readonly backlog: PriceBacklog;
  readonly batchSize: number;
  readonly clock: Clock;
  readonly publisher: string;
  readonly ids: EventIds;
  /** Number of the last message that the bus took. */
  readonly lastNumber: () => number;
  /** A snapshot is wanted. */
  readonly onRequest: () => void;
}

/** Prices in a batch of a snapshot. */
const SNAPSHOT_BATCH = 1000;

/**
 * Keeps subscribers in step with one publisher of prices: sends its last number while nothing is published, and publishes all
 * prices again when one of them asks. Starts with the first message, since nobody can have missed anything before.
 */
export class PriceSync {
  /** Snapshots that the bus took whole. */
  snapshots = 0;
  readonly #options: PriceSyncOptions;
  readonly #heartbeat: Heartbeat;
  /** Mark of the last gap, by symbol. */
  readonly #gaps = new Map<string, number>();
  #unsubscribe: Unsubscribe | null = null;
  /** From which symbol number on the snapshot goes on; `null` while none is wanted. */
  #nextSymbol: number | null = null;
  #sentFromSymbol: number | null = null;
  #first = 0;
  #limit: number;
  #isRequestedAgain = false;
  #isStopped = false;

  constructor(options: PriceSyncOptions) {
    this.#options = options;
    this.#limit = Math.max(SNAPSHOT_BATCH, options.batchSize);
    this.#heartbeat = new Heartbeat(options.clock, () => this.#sendHeartbeat());
  }

  /** Whether a snapshot is wanted. */
  get isRequested(): boolean {
    return this.#nextSymbol !== null;
  }

  /** The next messages of the snapshot that is wanted, if one is. `number` gives the next number. */
  next(number: () => Publication, occurredAt: number): DomainEvent[] {
    this.#sentFromSymbol = this.#nextSymbol;
    if (this.#nextSymbol === null) return [];
    const { backlog, ids } = this.#options;
    const { batch, next } = backlog.copy(this.#nextSymbol, this.#limit, ids.next(), occurredAt);
    const isStart = this.#nextSymbol === 0;
    this.#nextSymbol = next;
    const events: DomainEvent[] = [];
    if (batch) {
      batch.publication = number();
      events.push(batch);
      if (isStart || this.#first === 0) this.#first = batch.publication.first;
    }
    if (next === null) events.push(this.#snapshotEnd(batch, occurredAt));
    return events;
  }

  /** The bus took a gap. */
  recordGap(symbols: readonly string[], mark: number): void {
    for (const symbol of symbols) this.#gaps.set(symbol, mark);
  }

  /** The bus took what {@link next} gave. */
  onSent(): void {
    if (this.#isStopped || this.#nextSymbol !== null) return;
    this.#sentFromSymbol = null;
    this.#first = 0;
    this.snapshots++;
    if (this.#isRequestedAgain) this.#nextSymbol = 0;
    this.#isRequestedAgain = false;
  }

  /** The bus took a message of any kind. */
  onPublished(): void {
    if (this.#isStopped) return;
    this.#subscribe();
    this.#heartbeat.restart();
  }

  /** The bus did not take what {@link next} gave. `isTooLarge`: it goes out in smaller messages. */
  onFailed(isTooLarge: boolean): void {
    if (isTooLarge) this.#limit = Math.max(1, this.#limit >> 1);
    this.#nextSymbol = this.#sentFromSymbol;
    if (this.#nextSymbol === 0) this.#first = 0;
  }

  /** Publishes and hears nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#heartbeat.stop();
    this.#unsubscribe?.();
    this.#nextSymbol = null;
  }

  #snapshotEnd(
    batch: { readonly publication: Publication | null } | null,
    occurredAt: number,
  ): PricesSnapshotEvent {
    const { publisher, ids, lastNumber } = this.#options;
    const symbols = new Map<number, string[]>();
    for (const [symbol, mark] of this.#gaps) {
      const same = symbols.get(mark);
      if (same) same.push(symbol);
      else symbols.set(mark, [symbol]);
    }
    return {
      type: PRICES_SNAPSHOT,
      id: ids.next(),
      occurredAt,
      publisher,
      first: this.#first === 0 ? lastNumber() + 1 : this.#first,
      last: batch?.publication?.last ?? lastNumber(),
      gaps: [...symbols].map(([arrival, list]) => ({ arrival, symbols: list })),
    };
  }

  #subscribe(): void {
    const { bus, publisher, onRequest } = this.#options;
    if (this.#unsubscribe) return;
    try {
      this.#unsubscribe = bus.subscribe(PRICES_REQUESTED, (request) => {
        if (request.publisher !== null && request.publisher !== publisher) return;
        // Whoever asks while one is under way may have missed its beginning.
        if (this.#nextSymbol !== null || this.#sentFromSymbol !== null) this.#isRequestedAgain = true;
        else this.#nextSymbol = 0;
        onRequest();
      });
    } catch {
      // A bus that is closed by now carries no prices either, which its next publish says.
    }
  }

  #sendHeartbeat(): void {
    const { bus, ids, clock, publisher, lastNumber } = this.#options;
    const event: PricesHeartbeatEvent = {
      type: PRICES_HEARTBEAT,
      id: ids.next(),
      occurredAt: clock.now(),
      publisher,
      last: lastNumber(),
    };
    // Lost like any other message: the next one comes in a second.
    void (async () => bus.publish(event))().catch(() => undefined);
  }
}
