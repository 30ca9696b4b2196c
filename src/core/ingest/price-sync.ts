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
  /** The number of the last message that the bus took. */
  readonly lastNumber: () => number;
  /** Called when a subscriber requests a snapshot. */
  readonly onRequest: () => void;
}

/** Fewest prices in a batch of a snapshot; `batchSize` if that is more. */
const SNAPSHOT_BATCH = 1000;

/**
 * Lets subscribers find out whether they missed prices of one publisher, and get them: sends the number of the last message as a
 * heartbeat while nothing is published, and publishes all prices again, as a snapshot, when a subscriber requests it. Starts with the
 * first message, since nobody can have missed anything before.
 */
export class PriceSync {
  /** Snapshots that the bus took completely. */
  snapshots = 0;
  readonly #options: PriceSyncOptions;
  readonly #heartbeat: Heartbeat;
  /** The arrival number of the last gap of each symbol. */
  readonly #gaps = new Map<string, number>();
  #unsubscribe: Unsubscribe | null = null;
  /** Symbol number from which the snapshot continues; `null` while none is requested. */
  #nextSymbol: number | null = null;
  /** The same for the part that is in flight. */
  #sentFromSymbol: number | null = null;
  /** Number of the first message of the snapshot; 0 before it. */
  #first = 0;
  #limit: number;
  #isRequestedAgain = false;
  #isStopped = false;

  constructor(options: PriceSyncOptions) {
    this.#options = options;
    this.#limit = Math.max(SNAPSHOT_BATCH, options.batchSize);
    this.#heartbeat = new Heartbeat(options.clock, () => this.#sendHeartbeat());
  }

  /** Whether a snapshot is requested and not yet sent. */
  get isRequested(): boolean {
    return this.#nextSymbol !== null;
  }

  /** The next messages of the requested snapshot; none if none is requested. `publish` numbers a message. */
  next(publish: () => Publication, occurredAt: number): DomainEvent[] {
    this.#sentFromSymbol = this.#nextSymbol;
    if (this.#nextSymbol === null) return [];
    const { backlog, ids } = this.#options;
    const { batch, next } = backlog.copy(this.#nextSymbol, this.#limit, ids.next(), occurredAt);
    const isStart = this.#nextSymbol === 0;
    this.#nextSymbol = next;
    const events: DomainEvent[] = [];
    if (batch) {
      batch.publication = publish();
      events.push(batch);
      if (isStart || this.#first === 0) this.#first = batch.publication.first;
    }
    if (next === null) events.push(this.#snapshotEnd(batch, occurredAt));
    return events;
  }

  /** The bus took a gap. */
  recordGap(symbols: readonly string[], arrival: number): void {
    for (const symbol of symbols) this.#gaps.set(symbol, arrival);
  }

  /** The bus took the messages of {@link next}. */
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

  /** The bus did not take the messages of {@link next}. `isTooLarge`: the next ones are smaller. */
  onFailed(isTooLarge: boolean): void {
    if (isTooLarge) this.#limit = Math.max(1, this.#limit >> 1);
    this.#nextSymbol = this.#sentFromSymbol;
    if (this.#nextSymbol === 0) this.#first = 0;
  }

  /** Ends the subscription and the heartbeat. */
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
    for (const [symbol, arrival] of this.#gaps) {
      const same = symbols.get(arrival);
      if (same) same.push(symbol);
      else symbols.set(arrival, [symbol]);
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
        // A subscriber that asks while a snapshot is being sent may have missed its beginning.
        if (this.#nextSymbol !== null || this.#sentFromSymbol !== null) this.#isRequestedAgain = true;
        else this.#nextSymbol = 0;
        onRequest();
      });
    } catch {
      // The bus is closed, and its next publish reports that.
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
    // It may be lost like any message. The next one follows in a second.
    void (async () => bus.publish(event))().catch(() => undefined);
  }
}
