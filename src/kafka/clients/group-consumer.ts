import { sleep, systemClock } from '../../core/clock.js';
import type {
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaOffsets,
  KafkaTopicPartition,
} from '../../kafka-client/kafka-consumer.js';
import { isFinal } from './client-error.js';
import type { GroupMember, ReadBatch, ReadStart } from './group-member.js';
import type { KafkaConsumerSettings } from './kafka-clients.js';
import { PartitionCounts } from './partition-counts.js';
import { ReadPlan } from './read-plan.js';

type Listener = (event: KafkaConsumerEvent) => void;
type RunConfig = Parameters<KafkaConsumer['run']>[0];

/** One `run()`. */
interface Run {
  readonly config: RunConfig;
  readonly stopping: AbortController;
  done: Promise<void>;
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 1000;
/** How often it tries to join at first before it reports a failure. */
const QUIET_TRIES = 20;

/**
 * A consumer in the shape of kafkajs over a {@link GroupMember}: the same methods and events. A failure is a `crash` that it recovers from by
 * itself: as the same member if it still is one, otherwise as another.
 */
export class GroupConsumer implements KafkaConsumer {
  readonly #makeMember: () => GroupMember;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #plan = new ReadPlan();
  readonly #counts: PartitionCounts;
  #topics: string[] = [];
  #fromBeginning = false;
  #member: GroupMember | null = null;
  #run: Run | null = null;
  #hasJoined = false;
  /** Why the member is none any more. */
  #over: { readonly error: unknown; readonly isFinal: boolean } | null = null;

  constructor(makeMember: () => GroupMember, { partitionAssigners = [] }: KafkaConsumerSettings) {
    this.#makeMember = makeMember;
    this.#counts = new PartitionCounts(partitionAssigners);
  }

  async connect(): Promise<void> {
    if (this.#member) return;
    this.#member = await this.#newMember();
  }

  async subscribe({
    topics,
    fromBeginning = false,
  }: {
    topics: string[];
    fromBeginning?: boolean;
  }): Promise<void> {
    this.#member ??= await this.#newMember();
    for (const topic of topics) await this.#member.partitionCount(topic);
    this.#topics = [...new Set([...this.#topics, ...topics])];
    this.#fromBeginning = fromBeginning;
  }

  async run(config: RunConfig): Promise<void> {
    const member = (this.#member ??= await this.#newMember());
    await this.#counts.check(member, this.#topics);
    const run: Run = { config, stopping: new AbortController(), done: Promise.resolve() };
    this.#run = run;
    run.done = this.#work(run);
  }

  async stop(): Promise<void> {
    const run = this.#run;
    const member = this.#member;
    this.#run = null;
    this.#member = null;
    this.#plan.assign(null);
    run?.stopping.abort();
    // What waits for records ends with it.
    await member?.close();
    await run?.done;
    this.#hasJoined = false;
    if (run) this.#emit('stop');
  }

  disconnect(): Promise<void> {
    return this.stop();
  }

  seek({ topic, partition, offset }: KafkaTopicPartition & { readonly offset: string }): void {
    this.#plan.seek({ topic, partition, offset: BigInt(offset) });
  }

  pause(topics: Array<{ topic: string }>): void {
    for (const { topic } of topics) this.#plan.pause(topic);
  }

  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  #emit(event: string, payload: Record<string, unknown> = {}): void {
    for (const listener of [...(this.#listeners.get(`consumer.${event}`) ?? [])]) listener({ payload });
  }

  async #newMember(): Promise<GroupMember> {
    const member = this.#makeMember();
    try {
      await member.connect();
    } catch (error) {
      void member.close().catch(() => undefined);
      throw error;
    }
    return member;
  }

  async #work(run: Run): Promise<void> {
    const { signal } = run.stopping;
    let tries = 0;
    while (!signal.aborted) {
      try {
        await this.#serve(run, () => (tries = 0));
      } catch (error) {
        if (signal.aborted) return;
        tries++;
        if (this.#failed(error, tries)) return;
        const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 8));
        await sleep(systemClock, delayMs, signal).catch(() => undefined);
      }
    }
  }

  /** Returns whether nothing is tried again. */
  #failed(error: unknown, tries: number): boolean {
    const over = this.#over;
    const hasGivenUp = over?.isFinal === true || isFinal(error);
    if (over || hasGivenUp) {
      this.#over = null;
      const member = this.#member;
      this.#member = null;
      this.#plan.assign(null);
      // It may have to wait for a broker; another one need not.
      void member?.close().catch(() => undefined);
    }
    if (!this.#hasJoined && !hasGivenUp && tries < QUIET_TRIES) return false;
    this.#emit('stop');
    this.#emit('crash', { error, restart: !hasGivenUp });
    return hasGivenUp;
  }

  /** Reads as a member, until something fails. */
  async #serve(run: Run, onRead: () => void): Promise<void> {
    const { signal } = run.stopping;
    const isNew = this.#member === null || !this.#hasJoined;
    const member = (this.#member ??= await this.#newMember());
    if (signal.aborted) return void member.close();
    const { assignment } = this.#plan;
    if (isNew || assignment === null) await this.#join(member, signal);
    // After a failure: it is still a member, and reads on.
    else this.#assign(assignment);
    const isCommitted = run.config.autoCommit !== false;
    while (!signal.aborted) {
      if (this.#over) throw this.#over.error;
      if (await this.#plan.apply(member, isCommitted)) this.#emit('fetch');
      const { epoch } = this.#plan;
      for (const batch of await member.next()) await this.#deliver(run, member, batch, epoch);
      onRead();
    }
  }

  async #join(member: GroupMember, signal: AbortSignal): Promise<void> {
    const isCurrent = (): boolean => !signal.aborted && this.#member === member && this.#over === null;
    await member.join({
      topics: this.#topics,
      fromBeginning: this.#fromBeginning,
      handlers: {
        assigned: (partitions) => isCurrent() && this.#assign(partitions),
        rebalancing: () => {
          if (!isCurrent()) return;
          this.#plan.outdate();
          this.#emit('rebalancing');
        },
        heard: () => isCurrent() && this.#emit('heartbeat', { groupGenerationId: this.#plan.epoch }),
        lost: (error) => isCurrent() && (this.#over = { error, isFinal: false }),
      },
    });
  }

  #assign(partitions: readonly KafkaTopicPartition[]): void {
    const member = this.#member!;
    this.#plan.assign(partitions);
    this.#hasJoined = true;
    const assignment: Record<string, number[]> = {};
    for (const { topic, partition } of partitions) (assignment[topic] ??= []).push(partition);
    try {
      this.#counts.recheck(member, partitions, (error) => (this.#over = { error, isFinal: true }));
      // Its listeners seek.
      this.#emit('group_join', { memberId: member.memberId, memberAssignment: assignment });
    } catch (error) {
      this.#over = { error, isFinal: true };
    }
  }

  async #deliver(run: Run, member: GroupMember, batch: ReadBatch, epoch: number): Promise<void> {
    const { topic, partition, messages } = batch;
    const isRunning = (): boolean => !run.stopping.signal.aborted;
    const isStale = (): boolean => this.#over !== null || this.#plan.isStale(batch, epoch);
    const check = (): void => {
      if (isStale()) throw new Error('the group has assigned the partition anew');
    };
    const last = messages.at(-1);
    if (!last || !isRunning() || isStale()) return;
    let next = BigInt(messages[0]!.offset);
    const payload: KafkaBatchPayload = {
      batch: {
        topic,
        partition,
        messages,
        ...(batch.firstOffset !== null && { firstOffset: () => String(batch.firstOffset) }),
        ...(batch.highWatermark !== null && { highWatermark: String(batch.highWatermark) }),
      },
      resolveOffset: (offset) => void (next = BigInt(offset) + 1n),
      heartbeat: async () => check(),
      async commitOffsetsIfNecessary(offsets) {
        check();
        await member.commit(startsIn(offsets));
      },
      isRunning,
      isStale,
    };
    try {
      await run.config.eachBatch(payload);
    } catch (error) {
      // It comes again, here or at another member.
      if (!isStale()) throw error;
    }
    if (isStale() || !isRunning()) return;
    // What was not taken comes again.
    if (next <= BigInt(last.offset)) this.#plan.seek({ topic, partition, offset: next });
    else this.#plan.delivered({ topic, partition, offset: next });
  }
}

function startsIn(offsets: KafkaOffsets | undefined): ReadStart[] {
  return (offsets?.topics ?? []).flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
  );
}
