import type { KafkaTopicPartition } from './kafka-consumer.js';

/** The partitions that this consumer reads, and which of them have a committed offset to resume from. */
export class PartitionAssignment {
  readonly #fromBeginning: boolean;
  readonly #committed = new Set<string>();
  #partitions: ReadonlySet<string> = new Set();

  /** @param fromBeginning Whether a partition without a committed offset is read from its beginning. */
  constructor(fromBeginning: boolean) {
    this.#fromBeginning = fromBeginning;
  }

  /** How many partitions are assigned. */
  get size(): number {
    return this.#partitions.size;
  }

  /** This consumer committed an offset of a partition. */
  committed(topic: string, partition: number): void {
    this.#committed.add(`${topic}/${partition}`);
  }

  /**
   * A rebalance has assigned partitions (`{ topic: [partition, …] }`). Returns whether no record was missed: all old partitions are still
   * assigned, and the new assignment resumes each from where this consumer was. One without an offset may have restarted at its end.
   */
  replace(assigned: unknown): boolean {
    const before = this.#partitions;
    const now = new Set(
      assignedPartitions(assigned).map(({ topic, partition }) => `${topic}/${String(partition)}`),
    );
    this.#partitions = now;
    for (const each of this.#committed) if (!now.has(each)) this.#committed.delete(each);
    return (
      [...before].every((each) => now.has(each)) && [...now].every((each) => this.#isKnown(each, before))
    );
  }

  #isKnown(partition: string, before: ReadonlySet<string>): boolean {
    return before.has(partition) && (this.#fromBeginning || this.#committed.has(partition));
  }
}

/** The partitions of an assignment (`{ topic: [partition, …] }`) of whatever shape. */
export function assignedPartitions(assigned: unknown): readonly KafkaTopicPartition[] {
  return Object.entries((assigned ?? {}) as Record<string, unknown>).flatMap(([topic, numbers]) =>
    Array.isArray(numbers) ? numbers.map((partition: number) => ({ topic, partition })) : [],
  );
}
