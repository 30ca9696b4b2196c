import type { Clock, Timer } from '../../core/clock.js';
import type { DomainEvent, EventBus, EventType } from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';

/** A message that a gateway publishes to check whether the bus delivers. */
interface BusProbeEvent extends DomainEvent {
  /** Epoch of the gateway that sent it. */
  readonly epoch: string;
}

const BUS_PROBE: EventType<BusProbeEvent> = 'tickmark.gateway.bus-probe';

/** After so many intervals without an answer, the bus does not deliver. Intervals are counted because a blocked process has none. */
const MAX_UNANSWERED = 5;

/** What a {@link BusProbe} works with. */
export interface BusProbeOptions {
  readonly bus: EventBus;
  readonly epoch: string;
  readonly clock: Clock;
  /** 0: no probes, so the bus counts as delivering. */
  readonly intervalMs: number;
  readonly onChange: (delivers: boolean) => void;
}

/**
 * Sends itself a message over the bus in each interval. Nothing else detects a bus that accepts messages and delivers none, or a
 * subscription that was never established.
 */
export class BusProbe {
  readonly #options: BusProbeOptions;
  readonly #unsubscribe: Unsubscribe | undefined;
  #delivers: boolean;
  #unanswered = 0;
  #sent = 0;
  /** The probe that the bus has not accepted yet, and for how many intervals. */
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

  /** Whether the bus delivers. `false` before the first answer. */
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
    // A publish that never settles is abandoned, because the bus may deliver again.
    if (this.#publishing && ++this.#publishing.intervals < MAX_UNANSWERED) return;
    const id = `${epoch}:probe:${++this.#sent}`;
    this.#publishing = { id, intervals: 0 };
    const probe = { type: BUS_PROBE, id, occurredAt: clock.now(), epoch };
    // A bus that fails reports that itself; here it counts as no answer.
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
