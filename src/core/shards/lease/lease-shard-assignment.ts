import { checkDelay, sleep, systemClock, type Clock } from '../../clock.js';
import { errorReporter } from '../../error-reporter.js';
import { TickmarkError } from '../../errors.js';
import { LOCK, type Lock } from '../../locking/lock.js';
import type { Logger } from '../../logger.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  type OptionShapes,
} from '../../options.js';
import { systemRandom, type RandomSource } from '../../random.js';
import type { ShardAssignment, ShardHandlers } from '../shard-assignment.js';
import { DEFAULT_SHARD_COUNT, checkShardCount } from '../shard-of.js';
import { KeptLeases } from './kept-leases.js';
import { MemberSlots, type Place } from './member-slots.js';
import { keepRaw } from '../../keep-raw.js';

/** Options of {@link LeaseShardAssignment}. */
export interface LeaseShardAssignmentOptions {
  /** All processes need a lock on the same store. It stays open. */
  readonly lock: Lock;
  /** Number of all shards, 1 to 65,536, the same in all processes. Default 64. */
  readonly shardCount?: number;
  /** Begins the keys of the lock: processes with the same name share the shards. Default `'tickmark/shards'`. */
  readonly name?: string;
  /** The shards of a process that no longer responds go to others after this time, in ms from 300 to 600,000. Default 5,000. */
  readonly leaseMs?: number;
  /** Time in ms from one look at who takes part to the next. A look costs about two requests for each place. Default 500. */
  readonly checkMs?: number;
  /** Most processes that can take part, 1 to 1,024: there are as many places. Default 16. */
  readonly maxMembers?: number;
  readonly clock?: Clock;
  /** Random numbers for the jitter between looks. */
  readonly random?: RandomSource;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  /** Called when the lock fails, once for each outage, and when a handler rejects. What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
}

/** Longest time between two tries for shards that this process should have and others still hold; the shortest is half of it. */
const TAKE_MS = 200;
const JOIN_TRIES = 5;

const SHAPES: OptionShapes<LeaseShardAssignmentOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  lock: needed(LOCK),
  shardCount: true,
  name: 'string',
  leaseMs: true,
  checkMs: true,
  maxMembers: true,
};

/**
 * Shares the shards over leases of a `Lock` in Redis or PostgreSQL: for set-ups without Kafka. Every process holds a place, counts the places
 * that are taken, and takes or gives up shards until it has its part: all parts differ by one shard at most, and no shard moves that need
 * not.
 *
 * The shards of a process that stops are taken by others within about a second. The shards of one that has crashed follow when their leases expire. While
 * the lock cannot be reached for longer than `leaseMs`, all shards are given up, and taken again afterwards.
 *
 * @example
 * ```ts
 * import { InMemoryLock } from 'tickmark';
 * import { LeaseShardAssignment } from 'tickmark/parts';
 *
 * const shards = new LeaseShardAssignment({ lock: new InMemoryLock() }); // in production a RedisLock or a PostgresLock
 * console.log(shards.shardCount); // 64
 * ```
 */
export class LeaseShardAssignment implements ShardAssignment {
  static {
    keepRaw(this);
  }

  readonly shardCount: number;
  readonly #name: string;
  readonly #checkMs: number;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #onError: (error: TickmarkError) => void;
  readonly #leases: KeptLeases;
  readonly #members: MemberSlots;
  readonly #shardsByKey = new Map<string, number>();
  readonly #held = new Set<number>();
  readonly #stopped = new AbortController();
  #handlers!: ShardHandlers;
  /** Shards that this process should have: it gives up what is more, and takes what is missing. The first may be more than the second. */
  #keeps = 0;
  #takes = 0;
  #isFailing = false;
  #running: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: LeaseShardAssignmentOptions) {
    checkOptions('LeaseShardAssignment', options, SHAPES);
    const { shardCount, name, leaseMs, checkMs, maxMembers, clock, random } = withDefaults(options, {
      shardCount: DEFAULT_SHARD_COUNT,
      name: 'tickmark/shards',
      leaseMs: 5_000,
      checkMs: 500,
      maxMembers: 16,
      clock: systemClock,
      random: systemRandom,
    });
    checkShardCount(shardCount, 'LeaseShardAssignment: shardCount');
    checkNumber('LeaseShardAssignment: leaseMs', leaseMs, { from: 300, to: 600_000 });
    checkNumber('LeaseShardAssignment: checkMs', checkMs, { from: 1 });
    checkDelay(2 * checkMs, 'LeaseShardAssignment: checkMs');
    checkNumber('LeaseShardAssignment: maxMembers', maxMembers, { from: 1, to: 1_024, isWhole: true });
    this.shardCount = shardCount;
    this.#name = name;
    this.#checkMs = checkMs;
    this.#clock = clock;
    this.#random = random;
    this.#onError = errorReporter(options);
    this.#leases = new KeptLeases({ lock: options.lock, leaseMs, clock, onLost: (key) => this.#lost(key) });
    this.#members = new MemberSlots(this.#leases, name, maxMembers);
    for (let shard = 0; shard < shardCount; shard++) this.#shardsByKey.set(this.#keyOf(shard), shard);
  }

  /** @throws LockError if no place is free, or the lock fails. */
  async start(handlers: ShardHandlers): Promise<void> {
    this.#handlers = handlers;
    await this.#join();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #run(): Promise<void> {
    let lookAt = 0;
    while (!this.#stopped.signal.aborted) {
      try {
        if (this.#clock.monotonic() >= lookAt) {
          const delay = await this.#look();
          lookAt = this.#clock.monotonic() + delay;
        }
        await this.#giveSurplus();
        await this.#takeMissing();
        this.#isFailing = false;
      } catch (cause) {
        this.#report(cause);
        // A lock that refuses at once is not asked again at once.
        lookAt = Math.max(lookAt, this.#clock.monotonic() + this.#takeDelay());
      }
      const untilLook = Math.max(1, lookAt - this.#clock.monotonic());
      const isComplete = this.#held.size >= this.#takes;
      const delay = isComplete ? untilLook : Math.min(untilLook, this.#takeDelay());
      await sleep(this.#clock, delay, this.#stopped.signal).catch(() => undefined);
    }
  }

  /** Resolves with the time in ms until the next look. */
  async #look(): Promise<number> {
    // The place may have been lost.
    await this.#join();
    const found = await this.#members.look();
    const delay = this.#checkMs * (0.75 + this.#random() / 2);
    if (found === 'busy') return Math.min(delay, this.#takeDelay());
    if (found) {
      this.#keeps = this.#share(found.sure);
      this.#takes = Math.min(this.#keeps, this.#share(found.possible));
    }
    return delay;
  }

  // Others that look for members hold a free place for a moment.
  async #join(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#members.join();
      } catch (error) {
        if (tries === JOIN_TRIES) throw error;
        await sleep(this.#clock, this.#takeDelay(), this.#stopped.signal);
      }
    }
  }

  async #giveSurplus(): Promise<void> {
    const surplus = [...this.#held].slice(this.#keeps);
    if (surplus.length > 0) await this.#give(surplus);
  }

  async #takeMissing(): Promise<void> {
    const taken: number[] = [];
    // From a place of its own, so that processes that start together do not try for the same shards.
    const first = Math.floor(this.#random() * this.shardCount);
    try {
      for (let step = 0; step < this.shardCount && !this.#stopped.signal.aborted; step++) {
        if (this.#held.size >= this.#takes) break;
        const shard = (first + step) % this.shardCount;
        if (this.#held.has(shard) || !(await this.#leases.take(this.#keyOf(shard)))) continue;
        this.#held.add(shard);
        taken.push(shard);
      }
    } finally {
      // One may have been lost since.
      const shards = taken.filter((shard) => this.#held.has(shard));
      if (shards.length > 0) this.#assign(shards);
    }
  }

  #assign(shards: readonly number[]): void {
    (async () => this.#handlers.assigned(shards))().catch((cause: unknown) => this.#reportHandler(cause));
  }

  async #give(shards: readonly number[]): Promise<void> {
    try {
      await this.#handlers.revoked(shards);
    } catch (cause) {
      this.#reportHandler(cause);
    }
    for (const shard of shards) this.#held.delete(shard);
    await Promise.all(shards.map((shard) => this.#leases.release(this.#keyOf(shard))));
  }

  #lost(key: string): void {
    if (this.#members.lost(key)) return;
    const shard = this.#shardsByKey.get(key);
    if (shard !== undefined && this.#held.delete(shard)) this.#handlers.lost([shard]);
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    const held = [...this.#held];
    if (held.length > 0) await this.#give(held);
    await this.#members.leave();
    this.#leases.stop();
  }

  #share({ members, rank }: Place): number {
    return Math.floor(this.shardCount / members) + (rank < this.shardCount % members ? 1 : 0);
  }

  #takeDelay(): number {
    return TAKE_MS * (0.5 + this.#random() / 2);
  }

  #keyOf(shard: number): string {
    return `${this.#name}/${shard}`;
  }

  // Once for each outage.
  #report(cause: unknown): void {
    if (this.#isFailing || this.#stopped.signal.aborted) return;
    this.#isFailing = true;
    const message = 'Sharing the shards failed; it is retried.';
    this.#onError(new TickmarkError('LOCK_FAILED', message, { retryable: true, cause }));
  }

  #reportHandler(cause: unknown): void {
    this.#onError(
      new TickmarkError('HANDLER_FAILED', 'A handler of the shard assignment failed.', { cause }),
    );
  }
}
