import { BoundedCalls, timerDelay } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { BUS_GAP, type DomainEvent, type EventHandler } from '../../core/messaging/event-bus.js';
import { LocalDelivery } from '../../core/messaging/local-delivery.js';
import type { KafkaBusParts } from '../kafka-bus-parts.js';
import { checkGroup } from '../kafka-event-bus-options.js';
import { HandledDelivery } from './handled-delivery.js';
import type { Subscriptions } from './subscriptions.js';
import { TopicReader } from './topic-reader.js';

interface Subscription {
  readonly reader: TopicReader;
  readonly delivery: HandledDelivery;
}

/** The subscriptions of a bus that delivers at least once: each has a reader of its own, so that none waits for another one. */
export class HandledSubscriptions implements Subscriptions {
  readonly delivery = 'at-least-once';
  readonly #parts: KafkaBusParts;
  readonly #group: string | null;
  readonly #gaps: LocalDelivery;
  readonly #subscriptions = new Set<Subscription>();

  /** @param group Group of subscriptions that give none. */
  constructor(parts: KafkaBusParts, group: string | null) {
    this.#parts = parts;
    this.#group = group;
    this.#gaps = new LocalDelivery({
      where: parts.where,
      clock: parts.clock,
      maxBacklog: undefined,
      gapIds: parts.gapIds,
      onError: parts.report,
    });
  }

  readonly subscribe: Subscriptions['subscribe'] = (type, handler, { group = this.#group }) => {
    if (type === BUS_GAP) return this.#gaps.subscribe(type, handler);
    // Checks the arguments as the other buses do.
    this.#gaps.subscribe(type, handler)();
    checkGroup(`${this.#parts.where}.subscribe: group`, group);
    const subscription = this.#open(type, handler, group);
    this.#subscriptions.add(subscription);
    return () => {
      if (!this.#subscriptions.delete(subscription)) return;
      void this.#end(subscription, this.#parts.settings.connectTimeoutMs);
    };
  };

  get isPositioned(): boolean {
    return [...this.#subscriptions].every(({ reader }) => reader.isPositioned);
  }

  get failure(): TickmarkError | null {
    for (const { reader } of this.#subscriptions) if (reader.failure) return reader.failure;
    return null;
  }

  get isClosed(): boolean {
    return this.#gaps.isClosed;
  }

  readonly stats: Subscriptions['stats'] = (published) => {
    const gaps = this.#gaps.stats(published);
    const { handled, failed } = this.#parts.counts.stats();
    return {
      ...gaps,
      handled: gaps.handled + handled,
      failed: gaps.failed + failed,
      subscriptions: gaps.subscriptions + this.#subscriptions.size,
    };
  };

  async close(timeoutMs: number): Promise<void> {
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    const gaps = this.#gaps.close(timeoutMs);
    await Promise.all([gaps, ...subscriptions.map((each) => this.#end(each, timeoutMs))]);
  }

  // An offset is committed for what a running call handles in time.
  async #end({ reader, delivery }: Subscription, timeoutMs: number): Promise<void> {
    const { clock } = this.#parts;
    const until = clock.monotonic() + timeoutMs;
    delivery.stop();
    if (timeoutMs > 0) {
      const calls = new BoundedCalls(clock, timerDelay(timeoutMs));
      await calls.run('Closing', () => delivery.idle()).catch(() => undefined);
    }
    await reader.close(timerDelay(until - clock.monotonic()));
  }

  #open(type: string, handler: EventHandler<DomainEvent>, group: string | null): Subscription {
    const topic = this.#parts.names.of(type);
    const delivery = new HandledDelivery(this.#parts, type, handler, { isCommitting: group !== null });
    const reader: TopicReader = new TopicReader({
      parts: this.#parts,
      topic,
      group: group === null ? null : `${group}.${type}`,
      announce: (window) => this.#gaps.announce({ ...window, types: [type], reason: 'disconnect' }),
      onPositioned: this.#parts.onPositioned,
      deliver: (payload, isAssigned) => delivery.deliver(payload, isAssigned, reader),
    });
    return { reader, delivery };
  }
}
