import type {
  GroupMember,
  GroupMemberHandlers,
  JoinOptions,
  ReadBatch,
  ReadStart,
} from '../../../src/kafka/clients/group-member.js';
import { keyOfPartition } from '../../../src/kafka-client/topic-questions.js';
import type { KafkaTopicPartition } from '../../../src/kafka/index.js';

/** A member of a group that does what a test says. */
export class ScriptedMember implements GroupMember {
  readonly memberId: string;
  /** By `topic/partition`; others start at 0. */
  readonly committed = new Map<string, bigint>();
  /** Calls of `read()`. */
  readonly reads: (readonly ReadStart[])[] = [];
  /** Calls of `commit()`. */
  readonly commits: (readonly ReadStart[])[] = [];
  handlers: GroupMemberHandlers | null = null;
  isClosed = false;
  #answer: ((batches: readonly ReadBatch[]) => void) | null = null;
  #refuse: ((error: Error) => void) | null = null;

  constructor(memberId: string) {
    this.memberId = memberId;
  }

  /** Whether it waits for records. */
  get isIdle(): boolean {
    return this.#answer !== null;
  }

  /** Answers what waits for records. */
  give(batches: readonly ReadBatch[]): void {
    const answer = this.#answer!;
    this.#answer = null;
    answer(batches);
  }

  /** Lets what waits for records fail. */
  fail(error: Error): void {
    this.#answer = null;
    this.#refuse!(error);
  }

  async connect(): Promise<void> {}

  async partitionCount(): Promise<number> {
    return 4;
  }

  async join({ handlers }: JoinOptions): Promise<void> {
    this.handlers = handlers;
  }

  async startsOf(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]> {
    return partitions.map(({ topic, partition }) => {
      const offset = this.committed.get(keyOfPartition(topic, partition)) ?? 0n;
      return { topic, partition, offset };
    });
  }

  read(starts: readonly ReadStart[]): void {
    this.reads.push(starts);
  }

  next(): Promise<readonly ReadBatch[]> {
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#refuse = reject;
      // The group assigns while it waits.
      if (this.reads.length === 0) setImmediate(() => this.isIdle && this.give([]));
      if (this.isClosed) this.give([]);
    });
  }

  async commit(offsets: readonly ReadStart[]): Promise<void> {
    this.commits.push(offsets);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.isIdle) this.give([]);
  }
}
