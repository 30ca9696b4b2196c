import type { Clock } from '../../src/core/clock.js';
import { TickmarkError } from '../../src/core/errors.js';
import {
  BUS_GAP,
  type BusGapEvent,
  type DeliveryGuarantee,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
} from '../../src/core/messaging/event-bus.js';
import type { Unsubscribe } from '../../src/core/unsubscribe.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';

/** A broker that numbers events and forwards them as strings, some milliseconds later. */
export class RemoteBroker {
  readonly ends = new Set<RemoteEventBus>();
  readonly #clock: Clock;
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many events were sent so far. */
  get sent(): number {
    return this.#sent;
  }

  send(text: string, to: Iterable<RemoteEventBus> = [...this.ends]): void {
    const number = this.#sent++;
    this.#clock.setTimer(() => {
      for (const end of to) end.receive(text, number);
    }, 3);
  }
}

/** Faults of a {@link RemoteEventBus}. Default: none. */
export interface RemoteEventBusOptions {
  readonly delivery?: DeliveryGuarantee;
  readonly hidesBreaks?: boolean;
  /** Receives later what came while its link was broken. */
  readonly catchesUp?: boolean;
  readonly queuesWhileBroken?: boolean;
  readonly forgetsSubscriptions?: boolean;
  readonly isLocal?: boolean;
}

/** A fake of a bus across a network: strings on the wire, a link that breaks, redelivery on request. */
export class RemoteEventBus implements EventBus {
  readonly delivery: DeliveryGuarantee;
  readonly #local: InMemoryEventBus;
  readonly #broker: RemoteBroker;
  readonly #clock: Clock;
  readonly #options: RemoteEventBusOptions;
  readonly #numbers = new WeakMap<DomainEvent, number>();
  readonly #queued: string[] = [];
  readonly #missed: [text: string, number: number][] = [];
  readonly #types = new Set<string>();
  #brokenAt: number | undefined;
  #isDeaf = false;
  #published = 0;
  #failed = 0;

  constructor(broker: RemoteBroker, clock: Clock, options: RemoteEventBusOptions = {}) {
    this.delivery = options.delivery ?? 'at-most-once';
    this.#broker = broker;
    this.#clock = clock;
    this.#options = options;
    this.#local = new InMemoryEventBus({ clock, maxBacklog: 100_000 });
    broker.ends.add(this);
  }

  async publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const texts = [events].flat().map((event) => JSON.stringify(event));
    await Promise.resolve();
    if (!this.#broker.ends.has(this)) throw new TickmarkError('CLOSED', 'The bus was closed.');
    if (this.#brokenAt !== undefined) {
      this.#queued.push(...texts);
      throw new TickmarkError('BUS_FAILED', 'The link is down.', { retryable: true });
    }
    this.#published += texts.length;
    for (const text of texts) this.#broker.send(text, this.#options.isLocal ? [this] : undefined);
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    // Events that were sent before and are still under way must not arrive.
    const from = this.#broker.sent;
    let isEnded = false;
    const attempt = async (event: E): Promise<void> => {
      try {
        await handler(event);
      } catch (error) {
        this.#failed++;
        if (this.delivery === 'at-most-once') return;
        if (!isEnded) await handler(event);
        else throw error;
      }
    };
    this.#types.add(type);
    const unsubscribe = this.#local.subscribe(type, (event: E) =>
      (this.#numbers.get(event) ?? from) < from ? undefined : attempt(event),
    );
    return () => {
      isEnded = true;
      unsubscribe();
    };
  }

  receive(text: string, number: number): void {
    if (this.#brokenAt !== undefined) this.#missed.push([text, number]);
    if (this.#brokenAt !== undefined || this.#isDeaf) return;
    const event = JSON.parse(text) as DomainEvent;
    this.#numbers.set(event, number);
    this.#local.publish(event).catch(() => undefined);
  }

  breakLink(): void {
    this.#brokenAt = this.#clock.now();
  }

  restoreLink(): void {
    this.#clock.setTimer(() => this.#mend(), 30);
  }

  stats(): EventBusStats {
    return { ...this.#local.stats(), published: this.#published, failed: this.#failed };
  }

  close(options?: { timeoutMs?: number }): Promise<void> {
    this.#broker.ends.delete(this);
    return this.#local.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #mend(): void {
    const to = this.#clock.now();
    const gap: BusGapEvent = {
      type: BUS_GAP,
      id: `gap-${to}`,
      occurredAt: to,
      from: this.#brokenAt!,
      to,
      types: [...this.#types],
      lost: null,
      reason: 'disconnect',
    };
    this.#brokenAt = undefined;
    this.#isDeaf = this.#options.forgetsSubscriptions ?? false;
    if (!this.#options.hidesBreaks) void this.#local.publish(gap);
    if (this.#options.catchesUp) for (const missed of this.#missed.splice(0)) this.receive(...missed);
    if (this.#options.queuesWhileBroken) for (const text of this.#queued) this.#broker.send(text);
  }
}
