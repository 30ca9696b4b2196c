import type { Clock, Timer } from '../../core/clock.js';
import type { DomainEvent, EventBus, EventType } from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';

/** Published to see whether the bus delivers. */
interface BusProbeEvent extends DomainEvent {
  /** Epoch of the gateway that sent it. */
  readonly epoch: string;
}

const BUS_PROBE: EventType<BusProbeEvent> = 'tickmark.gateway.bus-probe';

/** Intervals without an answer, and the bus is taken to be away. Counted, since a process that stands still has none. */
const MAX_UNANSWERED = 5;

/** What a {@link BusProbe} works with. */
export interface BusProbeOptions {
  readonly bus: EventBus;
  readonly epoch: string;
  readonly clock: Clock;
  /** 0: the bus is taken to deliver. */
  readonly intervalMs: number;
  readonly onChange: (delivers: boolean) => void;
}

/**
 * Sends itself a message over the bus again and again. A bus whose publishing succeeds and whose subscriptions hear nothing, or that
 * never came to be, is found by nothing else.
 */
export class BusProbe {
  readonly #options: BusProbeOptions;
  readonly #unsubscribe: Unsubscribe | undefined;
  #delivers: boolean;
  #unanswered = 0;
  #sent = 0;
  /** The probe that the bus has not taken yet, and since how many intervals. */
  #publishing: { readonly id: string; intervals: number } | null = null;
  #timer: Timer | undefined;

  constructor(options: BusProbeOptions) {
    this.#options = options;
    this.#delivers = options.intervalMs === 0;
    if (this.#delivers) return;
    this.#unsubscribe = options.bus.subscribe(BUS_PROBE, ({ epoch }) => {
      if (epoch === options.epoch) this.#answered();
    });
    this.#send();
  }

  /** Whether the bus delivers; not before the first answer. */
  get delivers(): boolean {
    return this.#delivers;
  }

  stop(): void {
    this.#timer?.clear();
    this.#unsubscribe?.();
  }

  #send(): void {
    const { bus, epoch, clock, intervalMs } = this.#options;
    this.#timer = clock.setTimer(() => {
      this.#unanswered++;
      if (this.#unanswered >= MAX_UNANSWERED) this.#set(false);
      this.#send();
    }, intervalMs);
    // One that never settles is given up: the bus may deliver again since.
    if (this.#publishing && ++this.#publishing.intervals < MAX_UNANSWERED) return;
    const id = `${epoch}:probe:${++this.#sent}`;
    this.#publishing = { id, intervals: 0 };
    const probe = { type: BUS_PROBE, id, occurredAt: clock.now(), epoch };
    // A bus that fails says so itself; here it counts as no answer.
    (async () => bus.publish(probe))()
      .catch(() => undefined)
      .finally(() => {
        if (this.#publishing?.id === id) this.#publishing = null;
      });
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#set(true);
  }

  #set(delivers: boolean): void {
    if (delivers === this.#delivers) return;
    this.#delivers = delivers;
    this.#options.onChange(delivers);
  }
}
