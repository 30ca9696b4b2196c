import { retryDelay } from '../../core/backoff.js';
import { sleep, timerDelay } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { errorText } from '../../core/error-text.js';
import { handlerError } from '../../core/messaging/bus-checks.js';
import type { DomainEvent, EventHandler } from '../../core/messaging/event-bus.js';
import { SequenceTracker } from '../../core/messaging/sequence-tracker.js';
import { deliverInTurns, heartbeatUntil, isLive } from '../../kafka-client/batch-turns.js';
import type { KafkaBatchPayload, KafkaRecord } from '../../kafka-client/kafka-consumer.js';
import type { KafkaBusParts } from '../kafka-bus-parts.js';
import type { ReadRecord } from './event-reader.js';
import type { TopicReader } from './topic-reader.js';

const RECORDS_PER_TURN = 200;
// A slow handler has its progress committed about this often.
const TURN_MS = 500;
const DEAD_LETTER_RETRY_MS = 1000;

/** Why an event is not handled. */
interface Failure {
  readonly error: unknown;
}

/**
 * Calls one handler with the events of a topic, one at a time, each until it is handled: again after a failure, and to the dead-letter topic
 * after the last try. Later events wait meanwhile. An offset is committed when everything before it is handled.
 */
export class HandledDelivery {
  readonly #parts: KafkaBusParts;
  readonly #type: string;
  readonly #handler: EventHandler<DomainEvent>;
  readonly #isCommitting: boolean;
  readonly #sequences = new SequenceTracker();
  #running: Promise<unknown> | null = null;
  #isStopped = false;

  constructor(
    parts: KafkaBusParts,
    type: string,
    handler: EventHandler<DomainEvent>,
    { isCommitting }: { readonly isCommitting: boolean },
  ) {
    this.#parts = parts;
    this.#type = type;
    this.#handler = handler;
    this.#isCommitting = isCommitting;
  }

  /** Starts no further handler call. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when no handler call is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Delivers a batch of the topic that `reader` reads. */
  deliver(payload: KafkaBatchPayload, isAssigned: () => boolean, reader: TopicReader): Promise<boolean> {
    const { clock } = this.#parts;
    const { signal, positions } = reader;
    const live = (): boolean => isLive(payload, isAssigned, signal);
    return deliverInTurns(payload, isAssigned, {
      signal,
      size: RECORDS_PER_TURN,
      commit: this.#isCommitting ? 'turn' : 'never',
      deliver: async (records) => {
        const until = clock.monotonic() + TURN_MS;
        let done = 0;
        for (const record of records) {
          if (this.#isStopped || !live() || (done > 0 && clock.monotonic() >= until)) break;
          const isNew = !positions.isRead(payload.batch, record);
          if (isNew && !(await this.#deliverRecord(record, payload, reader, live))) break;
          if (isNew) positions.read(payload.batch, record);
          done++;
        }
        return done;
      },
    });
  }

  /** Resolves with whether the record is done. */
  async #deliverRecord(
    record: KafkaRecord,
    payload: KafkaBatchPayload,
    reader: TopicReader,
    live: () => boolean,
  ): Promise<boolean> {
    const { counts, reader: events, clock, report } = this.#parts;
    counts.add('received');
    let read: ReadRecord | null;
    try {
      read = events.read(record, payload.batch, (type) => type === this.#type);
    } catch (error) {
      counts.add('malformed');
      report(error as TickmarkError);
      return this.#toDeadLetters(record, payload, `${(error as TickmarkError).code}`, reader.signal, live);
    }
    if (!read) return true;
    const partition = `${payload.batch.topic}/${payload.batch.partition}`;
    if (this.#sequences.isRepeated(partition, read)) {
      counts.add('duplicates');
      return true;
    }
    if (read.event && !(await this.#handle(read.event, record, payload, reader, live))) return false;
    this.#sequences.record(partition, read, clock.now());
    return true;
  }

  async #handle(
    event: DomainEvent,
    record: KafkaRecord,
    payload: KafkaBatchPayload,
    { signal }: TopicReader,
    live: () => boolean,
  ): Promise<boolean> {
    const { clock, random, counts, report, settings } = this.#parts;
    const heartbeats = { clock, signal, live };
    const { retryDelayMs, maxDeliveries } = settings;
    for (let deliveries = 1; ; deliveries++) {
      // A call from before a rebalance may still run.
      if (this.#running) await heartbeatUntil(this.#running, payload, heartbeats);
      if (this.#running || this.#isStopped || !live()) return false;
      const outcome = this.#call(event);
      let failure: Failure | null | undefined;
      if (outcome instanceof Promise) {
        void outcome.then((settled) => (failure = settled));
        await heartbeatUntil(outcome, payload, heartbeats);
      } else failure = outcome;
      if (failure === undefined) return false;
      if (failure === null) return true;
      counts.add('failed');
      report(handlerError(event, failure.error));
      if (deliveries >= maxDeliveries)
        return this.#toDeadLetters(record, payload, reasonOf(failure), signal, live);
      const bounds = { firstMs: retryDelayMs, capMs: retryDelayMs * 1000 };
      const waiting = sleep(clock, timerDelay(retryDelay(deliveries, bounds, random)), signal);
      await heartbeatUntil(
        waiting.catch(() => undefined),
        payload,
        heartbeats,
      );
    }
  }

  /** Calls the handler. Returns its failure, or `null`; a promise of that, if it takes longer. */
  #call(event: DomainEvent): Failure | null | Promise<Failure | null> {
    const { counts } = this.#parts;
    const handled = (): null => {
      counts.add('handled');
      return null;
    };
    try {
      const result = this.#handler(event) as Promise<void> | undefined;
      if (typeof result?.then !== 'function') return handled();
      const running = Promise.resolve(result)
        .then(handled, (error: unknown) => ({ error }))
        .finally(() => (this.#running = null));
      this.#running = running;
      return running;
    } catch (error) {
      return { error };
    }
  }

  /** Resolves with whether the record is in the dead-letter topic; tries until then. */
  async #toDeadLetters(
    record: KafkaRecord,
    payload: KafkaBatchPayload,
    reason: string,
    signal: AbortSignal,
    live: () => boolean,
  ): Promise<boolean> {
    const { clock, counts, report, deadLetter } = this.#parts;
    let isReported = false;
    while (live()) {
      let isSent = false;
      const sending = deadLetter({ record, reason }, payload.batch).then(
        () => (isSent = true),
        (error: unknown) => {
          if (!isReported) report(error as TickmarkError);
          isReported = true;
        },
      );
      await heartbeatUntil(sending, payload, { clock, signal, live });
      if (isSent) {
        counts.add('deadLettered');
        return true;
      }
      const waiting = sleep(clock, DEAD_LETTER_RETRY_MS, signal).catch(() => undefined);
      await heartbeatUntil(waiting, payload, { clock, signal, live });
    }
    return false;
  }
}

function reasonOf({ error }: Failure): string {
  return `HANDLER_FAILED: ${errorText(error).slice(0, 500)}`;
}
