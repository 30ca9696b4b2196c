import type { Clock } from '../../../src/core/clock.js';
import type { ShardAssignment, ShardHandlers } from '../../../src/core/shards/shard-assignment.js';

/** What a broker with a fault does wrong. */
export type GroupFault =
  | 'assigns a shard beyond the last'
  | 'assigns shards again'
  | 'gives shards away before they are drained'
  | 'gives every shard to every member'
  | 'loses shards where it should revoke them'
  | 'moves every shard when members come or go'
  | 'leaves one shard out'
  | 'shares unevenly'
  | 'never says what was lost'
  | 'forgets members that return'
  | 'calls after stop()'
  | 'does not wait in stop()'
  | 'drops shards when a handler rejects'
  | 'revokes twice';

const SHARDS = 12;
const DETECTION_MS = 500;

/** A broker that assigns the shards of one group, in memory: what the kit is tested with. */
export class SimulatedGroup {
  readonly clock: Clock;
  readonly fault: GroupFault | null;
  readonly #members = new Set<SimulatedMember>();
  #work: Promise<void> = Promise.resolve();

  constructor(clock: Clock, fault: GroupFault | null = null) {
    this.clock = clock;
    this.fault = fault;
  }

  member(): SimulatedMember {
    return new SimulatedMember(this);
  }

  join(member: SimulatedMember): void {
    this.#members.add(member);
    void this.#balance();
  }

  leave(member: SimulatedMember): Promise<void> {
    this.#members.delete(member);
    return this.#balance();
  }

  isolate(member: SimulatedMember): void {
    member.isIsolated = true;
    this.clock.setTimer(() => void this.leave(member), DETECTION_MS);
  }

  reconnect(member: SimulatedMember): void {
    member.isIsolated = false;
    if (this.fault !== 'never says what was lost') member.lose();
    if (this.fault !== 'forgets members that return') this.join(member);
  }

  #balance(): Promise<void> {
    this.#work = this.#work.then(() => this.#move());
    return this.#work;
  }

  async #move(): Promise<void> {
    const members = [...this.#members];
    if (this.fault === 'gives every shard to every member') {
      const all = Array.from({ length: SHARDS }, (_, shard) => shard);
      for (const member of members) member.assign(all.filter((shard) => !member.shards.has(shard)));
      return;
    }
    const isEager = this.fault === 'moves every shard when members come or go';
    const shares = members.map((_, at) => {
      if (this.fault === 'shares unevenly') return at === 0 ? SHARDS - members.length + 1 : 1;
      return Math.floor(SHARDS / members.length) + (at < SHARDS % members.length ? 1 : 0);
    });
    const drained = members.map((member, at) => member.revoke(isEager ? 0 : shares[at]!));
    if (this.fault !== 'gives shards away before they are drained') await Promise.all(drained);
    const held = new Set(members.flatMap((member) => [...member.shards]));
    const free = Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => !held.has(shard));
    if (isEager) free.reverse().push(free.shift()!);
    if (this.fault === 'leaves one shard out') free.pop();
    members.forEach((member, at) => member.assign(free.splice(0, shares[at]! - member.shards.size)));
  }
}

/** A member of a {@link SimulatedGroup}. */
export class SimulatedMember implements ShardAssignment {
  readonly shardCount = SHARDS;
  readonly shards = new Set<number>();
  isIsolated = false;
  readonly #group: SimulatedGroup;
  #handlers: ShardHandlers | null = null;
  #stopping: Promise<void> | null = null;

  constructor(group: SimulatedGroup) {
    this.#group = group;
  }

  async start(handlers: ShardHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#group.join(this);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  assign(shards: readonly number[]): void {
    if (shards.length === 0 && this.#group.fault !== 'assigns shards again') return;
    for (const shard of shards) this.shards.add(shard);
    const told = this.#group.fault === 'assigns shards again' ? [...this.shards] : [...shards];
    if (this.#group.fault === 'assigns a shard beyond the last' && told.includes(0)) told.push(SHARDS);
    void this.#handlers!.assigned(told).catch(() => {
      if (this.#group.fault === 'drops shards when a handler rejects') this.lose();
    });
  }

  /** Gives up all but some shards. */
  async revoke(share: number): Promise<void> {
    const surplus = [...this.shards].slice(share);
    if (surplus.length === 0) return;
    const handlers = this.#handlers!;
    const { fault } = this.#group;
    if (fault === 'loses shards where it should revoke them') {
      for (const shard of surplus) this.shards.delete(shard);
      return handlers.lost(surplus);
    }
    if (fault === 'revokes twice') void handlers.revoked(surplus);
    const drained = handlers.revoked(surplus).catch(() => undefined);
    // A member that stops waits in any case.
    if (fault !== 'gives shards away before they are drained' || share === 0) await drained;
    for (const shard of surplus) this.shards.delete(shard);
  }

  lose(): void {
    const lost = [...this.shards];
    this.shards.clear();
    if (lost.length > 0) this.#handlers!.lost(lost);
  }

  async #stop(): Promise<void> {
    if (!this.#handlers) return;
    const drained = this.revoke(0);
    if (this.#group.fault !== 'does not wait in stop()') await drained;
    await this.#group.leave(this);
    if (this.#group.fault === 'calls after stop()')
      this.#group.clock.setTimer(() => void this.#handlers!.assigned([0]), 100);
  }
}
