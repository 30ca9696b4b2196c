import type { TickmarkError } from '../../core/errors.js';
import type {
  DeliveryGuarantee,
  DomainEvent,
  EventBusStats,
  EventHandler,
} from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { KafkaSubscribeOptions } from '../kafka-event-bus-options.js';

/** The subscriptions of a bus. */
export interface Subscriptions {
  readonly delivery: DeliveryGuarantee;
  /** Whether what is sent from now on reaches every subscription. */
  readonly isPositioned: boolean;
  /** Why that is not so yet; `null` if nothing has failed. */
  readonly failure: TickmarkError | null;
  readonly isClosed: boolean;
  /** @throws TickmarkError `CLOSED`, `INVALID_ARGUMENT`. */
  subscribe(type: string, handler: EventHandler<DomainEvent>, options: KafkaSubscribeOptions): Unsubscribe;
  stats(published: number): EventBusStats;
  /** Ends all subscriptions; waits for running handler calls and disconnects for at most `timeoutMs`. Idempotent. */
  close(timeoutMs: number): Promise<void>;
}
