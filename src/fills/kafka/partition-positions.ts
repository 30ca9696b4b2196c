import { timeOf } from '../../kafka-client/record-text.js';
import type {
  KafkaBatchPayload,
  KafkaRecord,
  KafkaTopicPartition,
} from '../../kafka-client/kafka-consumer.js';

/** How far a partition was read. */
interface Position {
  /** Offset after the last record that is done. */
  readonly next: bigint;
  /** Time of that record, ms since 1970; 0 if it has none. */
  readonly at: number;
}

/** Records of a partition between what was read and what comes next. */
export interface Jump {
  readonly partition: number;
  /** The offset that should have come. */
  readonly next: bigint;
  /** The offset that came. */
  readonly first: bigint;
  /** Time of the last record before, ms since 1970; 0 if unknown. */
  readonly from: number;
  /** Time of the first record after, ms since 1970; `undefined` if it has none. */
  readonly to: number | undefined;
}

/** How far the partitions that are assigned here were read, to notice records that were deleted unread. */
export class PartitionPositions {
  readonly #positions = new Map<number, Position>();

  /** Only these partitions are assigned here: others may be read by another member meanwhile. */
  keep(partitions: readonly number[]): void {
    for (const partition of this.#positions.keys())
      if (!partitions.includes(partition)) this.#positions.delete(partition);
  }

  /** A record is done, and all before it. */
  done({ partition }: KafkaTopicPartition, record: KafkaRecord): void {
    this.#positions.set(partition, { next: BigInt(record.offset) + 1n, at: timeOf(record) ?? 0 });
  }

  /** Whether a batch does not continue where the last one ended. */
  jumpBefore({ batch }: KafkaBatchPayload): Jump | null {
    const known = this.#positions.get(batch.partition);
    const record = batch.messages[0];
    if (!known || !record) return null;
    const first = BigInt(batch.firstOffset?.() ?? record.offset);
    if (first === known.next) return null;
    return {
      partition: batch.partition,
      next: known.next,
      first,
      from: known.at,
      to: timeOf(record),
    };
  }
}
