import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import { PRICES_HEARTBEAT } from '../../../src/core/prices/price-sync-events.js';
import { STREAM_GAP, type StreamGapEvent } from '../../../src/core/prices/stream-gap-event.js';
import type { DomainEvent, EventBus, EventBusStats } from '../../../src/core/messaging/event-bus.js';
import type { Unsubscribe } from '../../../src/core/unsubscribe.js';

/** What the bus does with a publish: takes it, rejects it, throws, or lets it hang until `release`. */
export type BusMood = 'take' | 'reject' | 'throw' | 'hang';

/** A publish that the bus has taken. */
export interface Taken {
  readonly at: number;
  readonly gaps: readonly PriceStreamGap[];
  readonly batch: PriceChangedBatch | null;
}

/** A scripted bus that remembers what it took, except heartbeats. */
export class ScriptedBus implements EventBus {
  readonly delivery = 'at-most-once';
  mood: BusMood = 'take';
  readonly taken: Taken[] = [];
  /** When each publish began. */
  readonly begun: number[] = [];
  mostUnderWay = 0;
  largestBatch = 0;
  /** Called at the start of each publish. */
  onPublish: (events: readonly DomainEvent[]) => void = () => {};
  readonly #now: () => number;
  #underWay = 0;
  #waiting: Array<{ readonly events: readonly DomainEvent[]; settle: (isTaken: boolean) => void }> = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many publishes hang. */
  get hanging(): number {
    return this.#waiting.length;
  }

  /** How many prices these have. */
  get hangingPrices(): number {
    return this.#waiting
      .flatMap(({ events }) => events)
      .reduce((sum, event) => sum + (batchOf(event)?.length ?? 0), 0);
  }

  publish(given: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const events = Array.isArray(given) ? (given as readonly DomainEvent[]) : [given as DomainEvent];
    if (events.every(({ type }) => type === PRICES_HEARTBEAT)) return Promise.resolve();
    this.begun.push(this.#now());
    this.largestBatch = Math.max(this.largestBatch, ...events.map((event) => batchOf(event)?.length ?? 0));
    this.onPublish(events);
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay + 1);
    if (this.mood === 'throw') throw new Error('thrown by the bus');
    if (this.mood === 'reject') return Promise.reject(new Error('rejected by the bus'));
    if (this.mood === 'take') {
      this.#take(events);
      return Promise.resolve();
    }
    this.#underWay++;
    return new Promise((resolve, reject) => {
      const settle = (isTaken: boolean) => {
        this.#underWay--;
        if (isTaken) this.#take(events);
        if (isTaken) resolve();
        else reject(new Error('rejected after a while'));
      };
      this.#waiting.push({ events, settle });
    });
  }

  /** Ends the hanging publishes, with success or failure. */
  release(isTaken: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { settle } of waiting) settle(isTaken);
  }

  subscribe(): Unsubscribe {
    return () => undefined;
  }

  stats(): EventBusStats {
    return { published: 0, handled: 0, failed: 0, conflated: 0, lost: 0, subscriptions: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Symbols and prices of all messages that were taken, in order. */
  get prices(): string[] {
    return this.taken.flatMap(({ batch }) =>
      [...(batch ?? [])].map(({ symbol, newPrice }) => `${symbol} ${newPrice}`),
    );
  }

  #take(events: readonly DomainEvent[]): void {
    const gaps = events.flatMap((event) =>
      event.type === STREAM_GAP ? [(event as StreamGapEvent).gap] : [],
    );
    const batches = events.flatMap((event) => batchOf(event) ?? []);
    if (batches.length > 1) throw new Error('two batches in one publish');
    if (batches.length > 0 && batchOf(events.at(-1)!) === null)
      throw new Error('a gap behind the prices it precedes');
    this.taken.push({ at: this.#now(), gaps, batch: batches[0] ?? null });
  }
}

function batchOf(event: DomainEvent): PriceChangedBatch | null {
  return event instanceof PriceChangedBatch ? event : null;
}
