import type { ShardAssignment, ShardHandlers } from '../../core/shards/shard-assignment.js';
import { ConformanceError } from '../assertions.js';

/** The members of a case: who holds which shard, and which rules were broken. */
export class RecordedGroup {
  readonly members: RecordedMember[] = [];
  readonly violations: string[] = [];
  readonly #isExclusive: boolean;

  /** @param isExclusive Whether a shard may have one owner only, also while it moves. */
  constructor(isExclusive: boolean) {
    this.#isExclusive = isExclusive;
  }

  /** A member of the group that checks what is called. */
  add(assignment: ShardAssignment): RecordedMember {
    const member = new RecordedMember(`member ${this.members.length}`, assignment, this);
    this.members.push(member);
    return member;
  }

  /** Whether every shard is held by one member, and all have their part, give or take one. */
  get isShared(): boolean {
    const sizes = this.#present.map(({ held }) => held.size);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const isEven = Math.max(...sizes) - Math.min(...sizes) <= 1;
    return this.isComplete && isEven && total === this.#present[0]!.assignment.shardCount;
  }

  /** Whether every shard is held by a member that is not cut off. */
  get isComplete(): boolean {
    const present = this.#present;
    const held = new Set(present.flatMap((member) => [...member.held]));
    return present.length > 0 && held.size === present[0]!.assignment.shardCount;
  }

  /** Calls of `lost()` of all members so far. */
  get lostCalls(): number {
    return this.members.reduce((sum, { calls }) => sum + calls.lost, 0);
  }

  /** @throws ConformanceError if a rule was broken so far. */
  check(): void {
    if (this.violations.length > 0) throw new ConformanceError(this.violations.join('; '));
  }

  /** A member that should have given a shard up before another one gets it. */
  earlierOwnerOf(shard: number, next: RecordedMember): RecordedMember | undefined {
    if (!this.#isExclusive || next.isIsolated) return undefined;
    return this.members.find((member) => member !== next && !member.isIsolated && member.held.has(shard));
  }

  get #present(): RecordedMember[] {
    return this.members.filter(({ isIsolated, phase }) => !isIsolated && phase === 'started');
  }
}

/** A member whose handlers check each call. */
export class RecordedMember implements ShardHandlers {
  readonly held = new Set<number>();
  readonly revoking = new Set<number>();
  /** How often `assigned`, `revoked` and `lost` were called. */
  readonly calls = { assigned: 0, revoked: 0, lost: 0 };
  phase: 'made' | 'started' | 'stopped' = 'made';
  /** Cut off by the case: it may not know yet what it has lost. */
  isIsolated = false;
  /** What `assigned` returns. */
  onAssigned: () => Promise<void> = () => Promise.resolve();
  /** What `revoked` returns. */
  onRevoked: () => Promise<void> = () => Promise.resolve();
  readonly assignment: ShardAssignment;
  readonly #name: string;
  readonly #group: RecordedGroup;

  constructor(name: string, assignment: ShardAssignment, group: RecordedGroup) {
    this.#name = name;
    this.assignment = assignment;
    this.#group = group;
  }

  async start(): Promise<void> {
    this.phase = 'started';
    await this.assignment.start(this);
  }

  async stop(): Promise<void> {
    await this.assignment.stop();
    this.phase = 'stopped';
    if (this.held.size > 0 && !this.isIsolated)
      this.#violation(`stop() resolved with ${this.held.size} shards that were not revoked`);
  }

  async assigned(shards: readonly number[]): Promise<void> {
    this.#called('assigned');
    for (const shard of shards) {
      const isShard = Number.isInteger(shard) && shard >= 0 && shard < this.assignment.shardCount;
      if (!isShard) this.#violation(`was assigned shard ${shard} of ${this.assignment.shardCount}`);
      if (this.held.has(shard)) this.#violation(`was assigned shard ${shard}, which it has`);
      const other = this.#group.earlierOwnerOf(shard, this);
      if (other) this.#violation(`was assigned shard ${shard}, which ${other.#name} still has`);
      this.held.add(shard);
    }
    await this.onAssigned();
  }

  async revoked(shards: readonly number[]): Promise<void> {
    this.#called('revoked');
    for (const shard of shards) {
      if (!this.held.has(shard)) this.#violation(`was to give up shard ${shard}, which it does not have`);
      if (this.revoking.has(shard)) this.#violation(`was to give up shard ${shard} twice`);
      this.revoking.add(shard);
    }
    try {
      await this.onRevoked();
    } finally {
      for (const shard of shards) {
        this.held.delete(shard);
        this.revoking.delete(shard);
      }
    }
  }

  lost(shards: readonly number[]): void {
    this.#called('lost');
    for (const shard of shards) {
      if (!this.held.delete(shard)) this.#violation(`lost shard ${shard}, which it does not have`);
    }
  }

  #called(handler: keyof typeof this.calls): void {
    this.calls[handler]++;
    if (this.phase !== 'started') this.#violation(`${handler}() was called while it was ${this.phase}`);
  }

  #violation(what: string): void {
    this.#group.violations.push(`${this.#name} ${what}`);
  }
}
