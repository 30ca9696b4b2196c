import {
  BUS_GAP,
  type DomainEvent,
  type EventHandler,
  type EventType,
} from '../../src/core/messaging/event-bus.js';
import type { Unsubscribe } from '../../src/core/unsubscribe.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';

type Events = DomainEvent | readonly DomainEvent[];
const listOf = (events: Events): readonly DomainEvent[] => ('type' in events ? [events] : events);

class LosesUnsubscribe extends InMemoryEventBus {
  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    super.subscribe(type, handler);
    return () => undefined;
  }
}

class CallsTwice extends InMemoryEventBus {
  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    const twins = [super.subscribe(type, handler), super.subscribe(type, handler)];
    return () => twins.forEach((unsubscribe) => unsubscribe());
  }
}

class ForgetsToWait extends InMemoryEventBus {
  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return super.subscribe(type, (event: E) => void Promise.resolve(handler(event)).catch(() => undefined));
  }
}

/** A plain emitter: what most people write first. */
class Naive extends InMemoryEventBus {
  readonly #handlers: [string, EventHandler<DomainEvent>][] = [];

  override async publish(events: Events): Promise<void> {
    for (const event of listOf(events)) {
      for (const [type, handler] of this.#handlers) if (type === event.type) void handler(event);
    }
  }

  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    const entry: [string, EventHandler<DomainEvent>] = [type, handler as EventHandler<DomainEvent>];
    this.#handlers.push(entry);
    return () => void this.#handlers.splice(this.#handlers.indexOf(entry), 1);
  }
}

/** One queue for all subscriptions. */
class OneForAll extends InMemoryEventBus {
  #last: Promise<unknown> = Promise.resolve();

  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return super.subscribe(type, (event: E) => {
      this.#last = this.#last.then(() => handler(event));
    });
  }
}

class ReversesLists extends InMemoryEventBus {
  override publish(events: Events): Promise<void> {
    return super.publish([...listOf(events)].reverse());
  }
}

class WaitsForHandlers extends InMemoryEventBus {
  override async publish(events: Events): Promise<void> {
    const before = this.#done() + this.stats().subscriptions * listOf(events).length;
    await super.publish(events);
    while (this.#done() < before && this.stats().subscriptions > 0)
      await new Promise((resolve) => setImmediate(resolve));
  }

  #done(): number {
    return this.stats().handled + this.stats().failed;
  }
}

class ReplaysToNewcomers extends InMemoryEventBus {
  readonly #last = new Map<string, DomainEvent>();

  override publish(events: Events): Promise<void> {
    for (const event of listOf(events)) this.#last.set(event.type, event);
    return super.publish(events);
  }

  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    const last = this.#last.get(type);
    if (last) void handler(last as E);
    return super.subscribe(type, handler);
  }
}

class MatchesPrefixes extends InMemoryEventBus {
  override async publish(events: Events): Promise<void> {
    await super.publish(events);
    await super.publish(listOf(events).map((event) => ({ ...event, type: `${event.type}.x` })));
  }
}

class SilentOverflow extends InMemoryEventBus {
  override subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return type === BUS_GAP ? () => undefined : super.subscribe(type, handler);
  }
}

class QueuesStates extends InMemoryEventBus {
  override publish(events: Events): Promise<void> {
    return super.publish(listOf(events).map((event) => ({ ...event, conflate: undefined }) as DomainEvent));
  }
}

class ClosesAtOnce extends InMemoryEventBus {
  override close(): Promise<void> {
    return super.close({ timeoutMs: 0 });
  }
}

class WaitsForEver extends InMemoryEventBus {
  override close(): Promise<void> {
    return super.close({ timeoutMs: 10 ** 9 });
  }
}

class AcceptsAfterClose extends InMemoryEventBus {
  override publish(events: Events): Promise<void> {
    return super.publish(events).catch(() => undefined);
  }
}

class GoesOnAfterClose extends InMemoryEventBus {
  override async close(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await super.close();
  }
}

class OverclaimsDelivery extends InMemoryEventBus {
  override readonly delivery = 'at-least-once' as never;
}

class LosesFields extends InMemoryEventBus {
  override publish(events: Events): Promise<void> {
    return super.publish(
      listOf(events).map((event) => {
        const { type, id, occurredAt } = event;
        return { ...event, type, id, occurredAt: Math.round(occurredAt / 1000) };
      }),
    );
  }
}

/** Each bus has one fault, and breaks the rule beside it. */
export const BROKEN_BUSES: readonly [typeof InMemoryEventBus, string][] = [
  [LosesUnsubscribe, 'no handler call starts after unsubscribing'],
  [LosesUnsubscribe, 'a handler may end another subscription, which is then no longer called'],
  [CallsTwice, 'an event reaches every subscription of its type exactly once'],
  [ForgetsToWait, 'a subscription handles one event at a time'],
  [ForgetsToWait, 'close() waits for running handlers'],
  [Naive, 'a handler that throws does not affect publish() or other subscriptions'],
  [Naive, 'a handler may publish events of its own type'],
  [Naive, 'a subscription made by a handler receives later events but not the current one'],
  [OneForAll, 'a handler that never settles blocks only its own subscription'],
  [ReversesLists, 'a list of events arrives in order, after earlier and before later events'],
  [WaitsForHandlers, 'publish() settles without waiting for handlers'],
  [ReplaysToNewcomers, 'a subscription receives only events published after it was made'],
  [MatchesPrefixes, 'an event reaches no subscription of another type'],
  [SilentOverflow, 'a full backlog keeps the newest events, and gap events report every lost one'],
  [QueuesStates, 'a busy subscription receives its waiting states merged into one event'],
  [ClosesAtOnce, 'close() waits for running handlers'],
  [WaitsForEver, 'close() waits no longer than timeoutMs'],
  [AcceptsAfterClose, 'publish() and subscribe() after close() fail with CLOSED'],
  [GoesOnAfterClose, 'no handler call starts after close() was called'],
  [OverclaimsDelivery, 'an event whose handler failed is delivered again only if delivery is at-least-once'],
  [LosesFields, 'an event arrives with all its data'],
];
