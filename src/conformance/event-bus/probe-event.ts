import type { DomainEvent, EventBus, EventHandler, EventType } from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { KitTime } from '../kit-time.js';

/** The event that the kit publishes: plain data, as every bus must carry. */
export interface ProbeEvent extends DomainEvent {
  /** Its number; below 0 for one that only marks a place in the stream. */
  readonly n: number;
  /** How many events went into it, where it can be conflated. */
  readonly count?: number;
}

/** Type of most probes. */
export const PROBE: EventType<ProbeEvent> = 'tickmark.conformance.probe';
/** Type of probes that conflate. */
export const STATE: EventType<ProbeEvent> = 'tickmark.conformance.state';

let serial = 0;

/** A probe of which every copy is to arrive. */
export function probe(n: number, type: EventType<ProbeEvent> = PROBE): ProbeEvent {
  return { type, id: `probe-${++serial}`, occurredAt: 1_700_000_000_000 + serial, n };
}

/** Probes numbered from `first`. */
export function probes(count: number, first = 0, type: EventType<ProbeEvent> = PROBE): ProbeEvent[] {
  return Array.from({ length: count }, (_, index) => probe(first + index, type));
}

/** A probe of which the newest state is all that matters. */
export function stateProbe(n: number, count = 1): ProbeEvent {
  return {
    ...probe(n, STATE),
    count,
    conflate: (later: ProbeEvent) => stateProbe(later.n, count + (later.count ?? 1)),
  };
}

/** A subscription that keeps what it is handed. */
export interface Listening {
  /** Everything handed over, markers included, in order. */
  readonly events: ProbeEvent[];
  /** Numbers handed over without markers; where a bus may deliver twice, the first delivery of each event. */
  numbers(): number[];
  /** Ends the subscription. */
  readonly unsubscribe: Unsubscribe;
}

/** Subscribes and keeps what comes; `handler` then goes on with each event, markers included. */
export function listen(
  bus: EventBus,
  type: EventType<ProbeEvent> = PROBE,
  handler?: EventHandler<ProbeEvent>,
): Listening {
  const events: ProbeEvent[] = [];
  const unsubscribe = bus.subscribe(type, (event) => {
    events.push(event);
    return handler?.(event);
  });
  const isDelivery = ({ id }: ProbeEvent, at: number): boolean =>
    bus.delivery === 'at-most-once' || events.findIndex((each) => each.id === id) === at;
  return {
    events,
    unsubscribe,
    numbers: () => events.filter((event, at) => event.n >= 0 && isDelivery(event, at)).map(({ n }) => n),
  };
}

/** Waits until everything published before has had its chance to arrive. */
export async function flush(
  bus: EventBus,
  time: KitTime,
  type: EventType<ProbeEvent> = PROBE,
): Promise<void> {
  const marker = probe(-1, type);
  let arrived = false;
  const unsubscribe = bus.subscribe(type, (event) => {
    arrived ||= event.id === marker.id;
  });
  await time.settled(bus.publish(marker), 'publish()');
  await time.until(() => arrived, `an event of type ${type} arrives`);
  unsubscribe();
  await time.pass(20);
}

/** A door that handlers wait at. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
