import type { FillGap, FillMessage } from '../../core/fills/fill-stream.js';
import { deliverInTurns, heartbeatUntil, isLive } from '../../kafka-client/batch-turns.js';
import type { DeadLetters } from '../../kafka-client/dead-letters.js';
import type { KafkaBatchPayload, KafkaRecord } from '../../kafka-client/kafka-consumer.js';
import type { FillHandover } from './fill-handover.js';
import type { FillRecords } from './fill-records.js';
import type { KafkaFillCounts } from './kafka-fill-counts.js';
import type { KafkaFillSettings } from './kafka-fill-stream-options.js';
import type { Jump, PartitionPositions } from './partition-positions.js';
import type { StartPositions } from './start-positions.js';
import type { TopicOffsets } from './topic-offsets.js';

/** Options of {@link FillDelivery}. */
export interface FillDeliveryOptions {
  readonly signal: AbortSignal;
  readonly settings: KafkaFillSettings;
  readonly counts: KafkaFillCounts;
  readonly records: FillRecords;
  readonly deadLetters: DeadLetters | null;
  readonly handover: FillHandover;
  readonly positions: PartitionPositions;
  readonly starts: StartPositions;
  readonly offsets: TopicOffsets;
}

/** Hands the records of batches to the reader, list by list, and commits the offsets of lists that the reader has processed. */
export class FillDelivery {
  readonly #options: FillDeliveryOptions;
  readonly #running = new Set<Promise<boolean>>();

  constructor(options: FillDeliveryOptions) {
    this.#options = options;
  }

  /** Delivers a batch while `isCurrent()` says that its partition is assigned here. Resolves with whether an offset was committed. */
  deliver(payload: KafkaBatchPayload, isCurrent: () => boolean): Promise<boolean> {
    const work = this.#deliver(payload, isCurrent);
    this.#running.add(work);
    const done = (): void => void this.#running.delete(work);
    work.then(done, done);
    return work;
  }

  /** Settles when no batch is being delivered. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #deliver(payload: KafkaBatchPayload, isCurrent: () => boolean): Promise<boolean> {
    const { counts, settings, signal, positions, starts } = this.#options;
    const isAssigned = (): boolean => isCurrent() && !payload.isStale();
    const live = (): boolean => isLive(payload, isAssigned, signal);
    if (!live()) return false;
    counts.add('batches');
    let before = await this.#gapBefore(payload);
    const isCommitted = await deliverInTurns(payload, isAssigned, {
      signal,
      size: settings.listSize,
      commit: 'turn',
      deliver: async (records) => {
        if (!(await this.#handOver(before, records, payload, live))) return 0;
        before = [];
        positions.done(payload.batch, records.at(-1)!);
        return records.length;
      },
    });
    if (isCommitted) starts.committed(payload.batch.partition);
    return isCommitted;
  }

  // Resolves with whether the records are processed.
  async #handOver(
    before: readonly FillMessage[],
    records: readonly KafkaRecord[],
    payload: KafkaBatchPayload,
    live: () => boolean,
  ): Promise<boolean> {
    const { settings, signal, handover, deadLetters } = this.#options;
    const { messages, rejected } = this.#options.records.read(records, payload.batch);
    if (rejected.length > 0) await deadLetters?.send(rejected, payload.batch);
    const all = [...before, ...messages];
    if (all.length === 0) return true;
    const list = handover.give(all);
    try {
      await heartbeatUntil(list.processed, payload, { clock: settings.clock, signal, live });
    } finally {
      handover.withdraw(list);
    }
    return list.isProcessed;
  }

  async #gapBefore(payload: KafkaBatchPayload): Promise<readonly FillGap[]> {
    const { counts, settings, positions } = this.#options;
    const jump = positions.jumpBefore(payload);
    if (!jump || !(await this.#isLoss(jump))) return [];
    counts.add('gaps');
    const { from, to = settings.clock.now() } = jump;
    return [{ type: 'gap', account: null, from: Math.min(from, to), to, reason: 'deleted' }];
  }

  // Offsets are missing where a transaction was aborted, too: only the brokers know which.
  async #isLoss({ partition, next, first }: Jump): Promise<boolean> {
    const { settings, offsets } = this.#options;
    // A topic that was deleted and made again begins anew.
    if (first < next || !settings.admin) return true;
    try {
      return ((await offsets.oldest()).get(partition) ?? first) > next;
    } catch {
      return true;
    }
  }
}
