import type { KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';
import { keyOfPartition } from '../../kafka-client/topic-questions.js';
import type { GroupMember, ReadBatch, ReadStart } from './group-member.js';

/** Which of the assigned partitions are read, and from where: from what was sought, otherwise from what the group has committed. */
export class ReadPlan {
  readonly #paused = new Set<string>();
  readonly #sought = new Map<string, ReadStart>();
  /** What comes next in the partitions that are read. */
  readonly #next = new Map<string, ReadStart>();
  #assignment: readonly KafkaTopicPartition[] | null = null;
  #epoch = 0;
  #hasMoved = false;
  #isFresh = false;

  /** What is assigned; `null` while it is unknown. */
  get assignment(): readonly KafkaTopicPartition[] | null {
    return this.#assignment;
  }

  /** Changes with each assignment: batches from before are stale. */
  get epoch(): number {
    return this.#epoch;
  }

  /** These partitions are assigned from now on. All positions are looked up anew. */
  assign(partitions: readonly KafkaTopicPartition[] | null): void {
    this.#assignment = partitions;
    this.#sought.clear();
    this.#hasMoved = true;
    this.#isFresh = true;
    this.outdate();
  }

  /** Makes all batches stale. */
  outdate(): void {
    this.#epoch++;
  }

  seek(start: ReadStart): void {
    this.#sought.set(keyOf(start), start);
    this.#hasMoved = true;
  }

  pause(topic: string): void {
    this.#paused.add(topic);
    this.#hasMoved = true;
  }

  /** Whether a batch that was fetched in an epoch must not be delivered. */
  isStale(batch: ReadBatch, epoch: number): boolean {
    return epoch !== this.#epoch || this.#sought.has(keyOf(batch)) || this.#paused.has(batch.topic);
  }

  /** All before it is delivered. */
  delivered(next: ReadStart): void {
    this.#next.set(keyOf(next), next);
  }

  /**
   * Tells the member what has changed. With `isCommitted`, what was sought is committed: the group goes on there. Resolves with whether the
   * positions of a new assignment are fixed by it: what is sent from now on is read.
   */
  async apply(member: GroupMember, isCommitted: boolean): Promise<boolean> {
    if (!this.#hasMoved || !this.#assignment) return false;
    const epoch = this.#epoch;
    this.#hasMoved = false;
    if (this.#isFresh) this.#next.clear();
    const wanted = this.#assignment.filter(({ topic }) => !this.#paused.has(topic));
    const sought = wanted.flatMap((place) => this.#sought.get(keyOf(place)) ?? []);
    this.#sought.clear();
    for (const start of sought) this.#next.set(keyOf(start), start);
    const unknown = wanted.filter((place) => !this.#next.has(keyOf(place)));
    try {
      if (isCommitted && sought.length > 0) await member.commit(sought);
      const starts = unknown.length > 0 ? await member.startsOf(unknown) : [];
      if (epoch !== this.#epoch) return false;
      for (const start of starts) this.#next.set(keyOf(start), start);
    } catch (error) {
      this.#hasMoved = true;
      throw error;
    }
    const keys = new Set(wanted.map(keyOf));
    member.read([...this.#next.values()].filter((start) => keys.has(keyOf(start))));
    const isFixed = this.#isFresh;
    this.#isFresh = false;
    return isFixed;
  }
}

function keyOf({ topic, partition }: KafkaTopicPartition): string {
  return keyOfPartition(topic, partition);
}
