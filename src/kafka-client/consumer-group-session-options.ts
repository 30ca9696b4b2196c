import type { Clock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type { KafkaErrorSource } from './kafka-client-error.js';
import type { KafkaBatchPayload, KafkaConsumer } from './kafka-consumer.js';
import type { KafkaCounter } from './kafka-counts.js';

/** What a session reports to. */
export interface ConsumerGroupLink {
  /** Ends the session; its reason is a `TickmarkError`. */
  readonly signal: AbortSignal;
  /** The link broke; `nextTryAt` is in ms since 1970, `cause` what the consumer said, if it said anything. */
  reconnecting(attempt: number, nextTryAt: number, cause?: TickmarkError): void;
  /** Records flow again. */
  restored(): void;
  /** A setting of the consumer lets it fail again and again. */
  warn?(error: TickmarkError): void;
  /** The consumer has given up. */
  fail(error: TickmarkError): void;
}

/** What an outage means for the stream. */
export interface ConsumerOutages {
  /** A broker responded: nothing is missing until now. */
  seen(): void;
  /** The link broke. Called again while it is broken. */
  begin(reason: 'disconnect' | 'silence'): void;
  /** Records flow again. `isWhole`: the same partitions as before, each from where it was. */
  end(isWhole: boolean): void;
}

/** Settings of a session. */
export interface ConsumerGroupSettings {
  readonly topics: readonly string[];
  readonly fromBeginning: boolean | undefined;
  /** `false`: no offset is committed. */
  readonly autoCommit?: boolean;
  /** `false`: a consumer that crashes has given up, instead of restarting by itself or being replaced. Default `true`. */
  readonly restarts?: boolean;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number;
  readonly source: KafkaErrorSource;
}

/** Options of `ConsumerGroupSession`. */
export interface ConsumerGroupSessionOptions {
  readonly clock: Clock;
  /** The first consumer. */
  readonly consumer: KafkaConsumer;
  /** Makes the next ones, with the same settings. */
  readonly makeConsumer: () => KafkaConsumer;
  readonly link: ConsumerGroupLink;
  readonly counts: KafkaCounter<'rebalances' | 'crashes'>;
  readonly settings: ConsumerGroupSettings;
  readonly outages: ConsumerOutages;
  /** Called with the partitions that were assigned (`{ topic: [partition, …] }`), before the first fetch from them. */
  readonly assigned?: (assignment: unknown, consumer: KafkaConsumer) => void;
  /** Delivers a batch; resolves with whether an offset was committed. */
  readonly deliver: (payload: KafkaBatchPayload, isCurrent: () => boolean) => Promise<boolean>;
}
