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
  readonly #with: PriceSyncOptions;
  readonly #heartbeat: Heartbeat;
  /** Mark of the last gap, by symbol. */
  readonly #gaps = new Map<string, number>();
  #unsubscribe: Unsubscribe | null = null;
  /** From which symbol number on the snapshot goes on; `null` while none is wanted. */
  #from: number | null = null;
  #sentFrom: number | null = null;
  #first = 0;
  #limit: number;
  #isAskedAgain = false;
  #isStopped = false;

  constructor(options: PriceSyncOptions) {
    this.#with = options;
    this.#limit = Math.max(SNAPSHOT_BATCH, options.batchSize);
    this.#heartbeat = new Heartbeat(options.clock, () => this.#beat());
  }

  /** Whether a snapshot is wanted. */
  get isAsked(): boolean {
    return this.#from !== null;
  }

  /** The next messages of the snapshot that is wanted, if one is. `number` gives the next number. */
  next(number: () => Publication, occurredAt: number): DomainEvent[] {
    this.#sentFrom = this.#from;
    if (this.#from === null) return [];
    const { backlog, ids } = this.#with;
    const { batch, next } = backlog.copy(this.#from, this.#limit, ids.next(), occurredAt);
    const isStart = this.#from === 0;
    this.#from = next;
    const events: DomainEvent[] = [];
    if (batch) {
      batch.publication = number();
      events.push(batch);
      if (isStart || this.#first === 0) this.#first = batch.publication.first;
    }
    if (next === null) events.push(this.#end(batch, occurredAt));
    return events;
  }

  /** The bus took a gap. */
  sentGap(symbols: readonly string[], mark: number): void {
    for (const symbol of symbols) this.#gaps.set(symbol, mark);
  }

  /** The bus took what {@link next} gave. */
  sent(): void {
    if (this.#isStopped || this.#from !== null) return;
    this.#sentFrom = null;
    this.#first = 0;
    this.snapshots++;
    if (this.#isAskedAgain) this.#from = 0;
    this.#isAskedAgain = false;
  }

  /** The bus took a message of any kind. */
  alive(): void {
    if (this.#isStopped) return;
    this.#listen();
    this.#heartbeat.alive();
  }

  /** The bus did not take what {@link next} gave. `isTooLarge`: it goes out in smaller messages. */
  failed(isTooLarge: boolean): void {
    if (isTooLarge) this.#limit = Math.max(1, this.#limit >> 1);
    this.#from = this.#sentFrom;
    if (this.#from === 0) this.#first = 0;
  }

  /** Publishes and hears nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#heartbeat.stop();
    this.#unsubscribe?.();
    this.#from = null;
  }

  #end(batch: { readonly publication: Publication | null } | null, occurredAt: number): PricesSnapshotEvent {
    const { publisher, ids, lastNumber } = this.#with;
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
      gaps: [...symbols].map(([mark, list]) => ({ arrival: mark, symbols: list })),
    };
  }

  #listen(): void {
    const { bus, publisher, onRequest } = this.#with;
    if (this.#unsubscribe) return;
    try {
      this.#unsubscribe = bus.subscribe(PRICES_REQUESTED, (request) => {
        if (request.publisher !== null && request.publisher !== publisher) return;
        // Whoever asks while one is under way may have missed its beginning.
        if (this.#from !== null || this.#sentFrom !== null) this.#isAskedAgain = true;
        else this.#from = 0;
        onRequest();
      });
    } catch {
      // A bus that is closed by now carries no prices either, which its next publish says.
    }
  }

  #beat(): void {
    const { bus, ids, clock, publisher, lastNumber } = this.#with;
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
