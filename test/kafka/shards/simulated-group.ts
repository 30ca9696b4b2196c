import type { Clock, Timer } from '../../../src/core/clock.js';
import type {
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaPartitionAssigner,
  KafkaShardConsumerSettings,
} from '../../../src/kafka/index.js';

type Assigner = ReturnType<KafkaPartitionAssigner>;
type Metadata = Awaited<ReturnType<Assigner['assign']>>[number]['memberAssignment'];

const RESTART_MS = 300;

interface Member {
  readonly consumer: SimulatedGroupConsumer;
  expiry: Timer | null;
  joining: { readonly metadata: Metadata; readonly done: (assignment: Metadata) => void } | null;
}

/** The coordinator of one consumer group with the eager protocol, in memory. */
export class SimulatedGroup {
  readonly clock: Clock;
  readonly consumers: SimulatedGroupConsumer[] = [];
  readonly members = new Map<string, Member>();
  partitions: number;
  hasTopic = true;
  /** Messages of retriable errors that the next attempts to join end with. */
  joinErrors: string[] = [];
  generation = 0;
  isRebalancing = false;
  /** Fetches that would have asked for records. */
  fetches = 0;
  #number = 0;

  constructor(clock: Clock, partitions: number) {
    this.clock = clock;
    this.partitions = partitions;
  }

  consumer(settings: KafkaShardConsumerSettings): SimulatedGroupConsumer {
    const consumer = new SimulatedGroupConsumer(this, settings);
    this.consumers.push(consumer);
    return consumer;
  }

  /** Answers when all members have joined. */
  join(consumer: SimulatedGroupConsumer, memberId: string, metadata: Metadata): Promise<[string, Metadata]> {
    const id = this.members.has(memberId) ? memberId : `member ${++this.#number}`;
    const member = this.members.get(id) ?? { consumer, expiry: null, joining: null };
    this.members.set(id, member);
    member.expiry?.clear();
    this.isRebalancing = true;
    return new Promise((resolve) => {
      member.joining = { metadata, done: (assignment) => resolve([id, assignment]) };
      for (const each of this.members.keys()) if (!this.members.get(each)!.joining) this.#expect(each);
      void this.#complete();
    });
  }

  heartbeat(memberId: string): 'known' | 'rebalancing' | 'unknown' {
    if (!this.members.has(memberId)) return 'unknown';
    this.#expect(memberId);
    return this.isRebalancing ? 'rebalancing' : 'known';
  }

  /** It has left, or was thrown out. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (!member) return;
    member.expiry?.clear();
    this.members.delete(memberId);
    this.isRebalancing = this.members.size > 0;
    void this.#complete();
  }

  #expect(memberId: string): void {
    const member = this.members.get(memberId)!;
    member.expiry?.clear();
    member.expiry = this.clock.setTimer(() => this.remove(memberId), member.consumer.settings.sessionTimeout);
  }

  async #complete(): Promise<void> {
    const members = [...this.members];
    if (!this.isRebalancing || !members.every(([, { joining }]) => joining)) return;
    this.isRebalancing = false;
    this.generation++;
    const joined = members.map(([memberId, { joining }]) => ({ memberId, ...joining! }));
    for (const [, member] of members) member.joining = null;
    for (const { memberId } of joined) this.#expect(memberId);
    const assignments = await members[0]![1].consumer.assigner.assign({
      members: joined.map(({ memberId, metadata }) => ({ memberId, memberMetadata: metadata })),
    });
    for (const { memberId, memberAssignment } of assignments)
      joined.find((each) => each.memberId === memberId)!.done(memberAssignment);
  }
}

/** A consumer of a {@link SimulatedGroup} that behaves like that of `kafkajs`. */
export class SimulatedGroupConsumer implements KafkaConsumer {
  readonly settings: KafkaShardConsumerSettings;
  readonly assigner: Assigner;
  readonly group: SimulatedGroup;
  /** No broker can be reached: requests fail. */
  isCut = false;
  /** The process stands still. */
  isFrozen = false;
  /** No broker answers: requests wait. */
  isHeld = false;
  memberId = '';
  readonly #listeners = new Map<string, Set<(event: KafkaConsumerEvent) => void>>();
  #topic = '';
  #isPaused = false;
  #isRunning = false;
  #failures = 0;
  #timer: Timer | null = null;

  constructor(group: SimulatedGroup, settings: KafkaShardConsumerSettings) {
    this.group = group;
    this.settings = settings;
    this.assigner = settings.partitionAssigners[0]!({
      cluster: {
        findTopicPartitionMetadata: () =>
          Array.from({ length: group.partitions }, (_, partitionId) => ({ partitionId })),
      },
    });
  }

  async connect(): Promise<void> {
    this.#request();
    if (this.isHeld) await new Promise(() => undefined);
  }

  async subscribe({ topics }: { topics: string[] }): Promise<void> {
    this.#topic = topics[0]!;
    if (this.group.hasTopic) return;
    throw Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  }

  async run(): Promise<void> {
    this.#isPaused = false;
    this.#isRunning = true;
    await this.#join().catch((error: unknown) => this.crash(error as Error));
  }

  async disconnect(): Promise<void> {
    this.#stop();
  }

  pause([{ topic }]: [{ topic: string }]): void {
    if (topic === this.#topic) this.#isPaused = true;
  }

  on(event: string, listener: (event: KafkaConsumerEvent) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(event: string, payload: unknown = {}): void {
    for (const listener of this.#listeners.get(`consumer.${event}`) ?? []) listener({ payload });
  }

  /** Gives up, or starts again after a while. */
  crash(error: Error, restart = (error as { retriable?: boolean }).retriable === true): void {
    this.#stop();
    this.emit('crash', { error, restart });
    if (restart) this.#timer = this.group.clock.setTimer(() => void this.run(), RESTART_MS);
  }

  /** The group hears nothing more of it. */
  async #beat(): Promise<void> {
    if (!this.isFrozen && !this.isHeld) {
      this.emit('fetch', { duration: this.settings.maxWaitTimeInMs });
      this.#request();
      const verdict = this.group.heartbeat(this.memberId);
      if (verdict === 'known') this.emit('heartbeat', { groupGenerationId: this.group.generation });
      if (verdict === 'unknown') this.memberId = '';
      if (verdict === 'rebalancing') this.emit('rebalancing');
      if (verdict !== 'known') return this.#join();
    }
    this.#schedule();
  }

  async #join(): Promise<void> {
    this.#request();
    const fault = this.group.joinErrors.shift();
    if (fault !== undefined) throw Object.assign(new Error(fault), { retriable: true });
    const { metadata } = this.assigner.protocol({ topics: [this.#topic] });
    const [memberId, assignment] = await this.group.join(this, this.memberId, metadata);
    if (!this.#isRunning) return this.group.remove(memberId);
    this.memberId = memberId;
    const partitions = partitionsIn(assignment);
    this.emit('group_join', { memberId, memberAssignment: { [this.#topic]: partitions } });
    if (!this.#isPaused && partitions.length > 0) this.group.fetches++;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer?.clear();
    if (!this.#isRunning) return;
    const beat = (): void => void this.#beat().catch((error: unknown) => this.#failed(error as Error));
    this.#timer = this.group.clock.setTimer(beat, this.settings.heartbeatInterval);
  }

  #failed(error: Error): void {
    if (++this.#failures < 3) return this.#schedule();
    this.#failures = 0;
    this.crash(error);
  }

  #request(): void {
    if (this.isCut) throw Object.assign(new Error('connect ECONNREFUSED'), { retriable: true });
  }

  #stop(): void {
    this.#timer?.clear();
    if (this.#isRunning) this.emit('stop');
    this.#isRunning = false;
    if (!this.isCut && !this.isHeld) this.group.remove(this.memberId);
    this.memberId = '';
  }
}

/** As `MemberAssignment.decode` of kafkajs. */
function partitionsIn(assignment: Metadata): number[] {
  const at = 6 + 2 + assignment.readInt16BE(6);
  return Array.from({ length: assignment.readInt32BE(at) }, (_, n) => assignment.readInt32BE(at + 4 + 4 * n));
}
