import type { KafkaBatchPayload, KafkaRecord, KafkaTopicPartition } from './kafka-consumer.js';
import { keyOfPartition, type PartitionState, type TopicStates } from './topic-questions.js';

/** What a look at the topics has shown. */
export interface Findings {
  /** Partitions that did not exist at the last look. */
  readonly hasNew: boolean;
  /** Records that are deleted, or a topic that was made anew, before they were read here. */
  readonly hasLost: boolean;
  /** Partitions that are made anew and would be read from too late. */
  readonly restart: readonly PartitionState[];
}

/** Which offset comes next in each partition, so that records that were deleted unread, and topics made anew, are noticed. */
export class ReadPositions {
  readonly #fromBeginning: boolean;
  readonly #isOnlyReader: boolean;
  readonly #known = new Set<string>();
  readonly #next = new Map<string, bigint>();
  readonly #lastRead = new Map<string, Pick<KafkaRecord, 'offset' | 'timestamp'>>();
  readonly #committed = new Map<string, bigint>();
  readonly #starts = new Map<string, bigint>();
  #assigned: ReadonlySet<string> = new Set();

  /**
   * @param fromBeginning Whether a group without a committed offset begins with the oldest record.
   * @param isOnlyReader Whether nobody else reads for the group: each assignment resumes at the position of this reader, without committed offsets.
   */
  constructor(fromBeginning: boolean, isOnlyReader = false) {
    this.#fromBeginning = fromBeginning;
    this.#isOnlyReader = isOnlyReader;
  }

  /** The first look, before the consumer joins. Returns whether records after the committed offsets are deleted. */
  begin(states: TopicStates): boolean {
    let hasLost = false;
    for (const [key, { low, high, committed }] of states) {
      this.#known.add(key);
      const isLost = committed >= 0n && (committed < low || committed > high);
      if (isLost) hasLost = true;
      else if (committed >= 0n) this.#committed.set(key, committed);
      else if (!this.#fromBeginning) this.#starts.set(key, high);
      const isAtOldest = isLost || (committed < 0n && this.#fromBeginning);
      this.#next.set(key, isAtOldest ? low : (this.#starts.get(key) ?? committed));
    }
    return hasLost;
  }

  /** The partitions that are assigned here now; others may be read by another member. Returns where some of them have to be read from. */
  assign(partitions: readonly KafkaTopicPartition[]): readonly (KafkaTopicPartition & { offset: string })[] {
    this.#assigned = new Set(partitions.map(({ topic, partition }) => keyOfPartition(topic, partition)));
    for (const key of this.#assigned) this.#known.add(key);
    // Nobody else reads on from there: a topic that is deleted has no partitions for a while.
    if (!this.#isOnlyReader)
      for (const key of this.#next.keys()) if (!this.#assigned.has(key)) this.#next.delete(key);
    return partitions.flatMap(({ topic, partition }) => {
      const key = keyOfPartition(topic, partition);
      const start = this.#isOnlyReader ? this.#next.get(key) : this.#starts.get(key);
      return start === undefined ? [] : [{ topic, partition, offset: String(start) }];
    });
  }

  /** A record was read, and all before it. */
  read({ topic, partition }: KafkaTopicPartition, record: Pick<KafkaRecord, 'offset' | 'timestamp'>): void {
    const key = keyOfPartition(topic, partition);
    this.#next.set(key, BigInt(record.offset) + 1n);
    this.#lastRead.set(key, record);
  }

  /** Whether a record was read. */
  isRead({ topic, partition }: KafkaTopicPartition, { offset }: Pick<KafkaRecord, 'offset'>): boolean {
    return BigInt(offset) < (this.#next.get(keyOfPartition(topic, partition)) ?? 0n);
  }

  /** All records that were read of a partition are committed. */
  commit({ topic, partition }: KafkaTopicPartition): void {
    const key = keyOfPartition(topic, partition);
    const next = this.#next.get(key);
    if (next !== undefined) this.#setCommitted(key, next);
  }

  /**
   * How a batch follows what was read. `jumps`: the records between are deleted, or never have been any. `anew`: the topic was made anew:
   * the batch goes back behind what is committed, the partition ends before what was read, or another record has the offset of the last.
   */
  judge({ batch }: KafkaBatchPayload): 'follows' | 'jumps' | 'anew' {
    const key = keyOfPartition(batch.topic, batch.partition);
    const given = batch.firstOffset?.() ?? batch.messages[0]?.offset;
    const next = this.#next.get(key);
    if (given === undefined || next === undefined) return 'follows';
    const first = BigInt(given);
    if (first === next) return 'follows';
    if (first > next) return 'jumps';
    const isAnew =
      first < (this.#committed.get(key) ?? 0n) ||
      (batch.highWatermark !== undefined && BigInt(batch.highWatermark) < next) ||
      this.#hasOtherRecord(key, batch.messages);
    if (isAnew) this.#next.set(key, first);
    return isAnew ? 'anew' : 'follows';
  }

  #hasOtherRecord(key: string, messages: readonly KafkaRecord[]): boolean {
    const last = this.#lastRead.get(key);
    const again = last && messages.find(({ offset }) => offset === last.offset);
    return again !== undefined && again.timestamp !== last!.timestamp;
  }

  /** Makes the comparison of a look that is about to begin: only what is known now may be compared with its answers. */
  compare(): (states: TopicStates) => Findings {
    const next = new Map(this.#next);
    const committed = new Set(this.#committed.keys());
    return (states) => this.#find(states, next, committed);
  }

  #find(
    states: TopicStates,
    nextBefore: ReadonlyMap<string, bigint>,
    committedBefore: ReadonlySet<string>,
  ): Findings {
    let hasNew = false;
    let hasLost = false;
    const restart: PartitionState[] = [];
    for (const [key, state] of states) {
      if (!this.#known.has(key)) hasNew = true;
      this.#known.add(key);
      if (state.committed >= 0n) this.#setCommitted(key, state.committed);
      const next = this.#next.get(key);
      const isAnew =
        (nextBefore.get(key) ?? -1n) > state.high || (committedBefore.has(key) && state.committed < 0n);
      if (isAnew) {
        this.#committed.delete(key);
        if (this.#assigned.has(key)) restart.push(state);
      }
      if (!this.#assigned.has(key) || !(isAnew || (next !== undefined && next < state.low))) continue;
      hasLost = true;
      this.#next.set(key, state.low);
    }
    // One that is gone and comes back is new.
    for (const key of this.#known) if (!states.has(key)) this.#known.delete(key);
    return { hasNew, hasLost, restart };
  }

  // A start is needed only until the group has an offset of its own.
  #setCommitted(key: string, offset: bigint): void {
    this.#committed.set(key, offset);
    this.#starts.delete(key);
  }
}
