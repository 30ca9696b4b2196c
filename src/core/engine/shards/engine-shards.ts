import { BoundedCalls, type Clock } from '../../clock.js';
import type { TickmarkError } from '../../errors.js';
import { abortedError, invalidArgument, throwIfAborted } from '../../errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { EventIds } from '../../messaging/event-ids.js';
import { checkNumber } from '../../options.js';
import { checkShardCount } from '../../shards/shard-of.js';
import type { ShardAssignment, ShardHandlers } from '../../shards/shard-assignment.js';
import type { OwnedShard } from '../../shards/owned-shard.js';
import { HeldShards } from './held-shards.js';
import { ShardHeartbeat } from './shard-heartbeat.js';
import { StandbyShards } from './standby-shards.js';

/** What {@link EngineShards} needs of an engine. */
export interface EngineShardsOptions {
  readonly bus: EventBus;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly role: 'owner' | 'standby';
  /** How long the owner of a shard may be silent before its standby acts, in ms. */
  readonly standbyAfterMs: number;
  readonly onError: (error: TickmarkError) => void;
  /** Loads the portfolios of shards. */
  readonly take: (shards: readonly number[]) => Promise<void>;
  /** Removes the portfolios of shards. */
  readonly drop: (shards: readonly number[]) => void;
  /** Those of the held shards that are not loaded yet. */
  readonly loading: () => ReadonlySet<number>;
  /** Stores and publishes the values of shards, by the numbers of their portfolios: this standby acts for them from now on. */
  readonly takeOver: (numbers: readonly number[]) => void;
  /** Stores and publishes all values. */
  readonly flush: () => Promise<unknown>;
}

/** Longest time that the values of a shard are waited for before it is given up. */
const DRAIN_MS = 5_000;
/** Heartbeats within the time after which an owner counts as silent. */
const BEATS = 4;
/** Time that an assignment has for its own calls when it is left. */
const LEAVE_MS = 1_000;

/** Takes the shards that a {@link ShardAssignment} assigns to this engine, and gives them up: after their last values are stored, or at once. */
export class EngineShards implements ShardHandlers {
  /** Those whose portfolios belong into the book. */
  readonly held: HeldShards;
  readonly #assignment: ShardAssignment | undefined;
  readonly #options: EngineShardsOptions;
  readonly #heartbeat: ShardHeartbeat | null;
  readonly #standby: StandbyShards | null;
  /** Shards whose last values are being stored before they are given up. */
  readonly #leaving = new Set<number>();
  #drainMs = DRAIN_MS;
  /** When each shard was loaded that is held, ms since 1970. */
  readonly #loadedAt = new Map<number, number>();

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(assignment: ShardAssignment | undefined, options: EngineShardsOptions) {
    const { role, standbyAfterMs: afterMs, takeOver } = options;
    this.#assignment = assignment;
    this.#options = options;
    if (role !== 'owner' && role !== 'standby')
      throw invalidArgument('MarkToMarketEngine: role', role, "'owner' or 'standby'");
    checkNumber('MarkToMarketEngine: standbyAfterMs', afterMs, { from: 100, to: 600_000 });
    const shardCount = assignment?.shardCount;
    if (shardCount !== undefined) checkShardCount(shardCount, 'MarkToMarketEngine: shards.shardCount');
    else if (role === 'standby')
      throw invalidArgument(
        "MarkToMarketEngine: shards, with role 'standby'",
        shardCount,
        'a ShardAssignment',
      );
    this.held = new HeldShards(shardCount ?? null);
    this.#standby =
      role === 'standby'
        ? new StandbyShards({
            ...options,
            shardCount: shardCount!,
            afterMs,
            onTakeOver: (shards) => takeOver(this.held.numbersIn(shards)),
          })
        : null;
    this.#heartbeat =
      shardCount === undefined || this.#standby
        ? null
        : new ShardHeartbeat({ ...options, everyMs: afterMs / BEATS, owned: () => this.#owned(shardCount) });
  }

  /** Number of shards for which this standby acts. */
  get takenOver(): number {
    return this.#standby?.size ?? 0;
  }

  /** Whether this engine stores and publishes anything: a standby does while it acts for a shard. */
  get isActing(): boolean {
    return !this.#standby || this.#standby.size > 0;
  }

  /** Whether this engine stores and publishes the portfolio with this number. */
  actsFor(number: number): boolean {
    return !this.#standby || this.#standby.has(this.held.shardAt(number));
  }

  /** Those of some portfolios that this engine stores and publishes. */
  acting(numbers: Int32Array): Int32Array {
    return this.#standby ? numbers.filter((number) => this.actsFor(number)) : numbers;
  }

  /** The shards that are loaded, those for which it acts if it is a standby; without an assignment one, with all portfolios. */
  get owned(): OwnedShard[] {
    const loaded = [...this.#loadedAt].map(([shard, since]) => ({ shard, since }));
    const standby = this.#standby;
    if (!standby) return loaded;
    return loaded.flatMap(({ shard, since }) => {
      const actsSince = standby.since(shard);
      return actsSince === undefined ? [] : { shard, since: Math.max(since, actsSince) };
    });
  }

  /** Takes part in the assignment. @throws what the assignment throws; `ABORTED`. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const assignment = this.#assignment;
    if (!assignment) return void this.#loadedAt.set(0, this.#options.clock.now());
    const what = 'Joining the shard assignment';
    throwIfAborted(signal, what);
    this.#heartbeat?.start();
    this.#standby?.start();
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(abortedError(signal, what)), { once: true });
    });
    try {
      await Promise.race([assignment.start(this), aborted]);
    } catch (error) {
      this.#stopTalking();
      void assignment.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Gives up all shards and leaves the assignment. Waits for their values for at most `timeoutMs`, and one second longer for the assignment. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.#assignment) return;
    const { clock, onError } = this.#options;
    try {
      this.#drainMs = timeoutMs;
      const calls = new BoundedCalls(clock, timeoutMs + LEAVE_MS);
      await calls.run('Leaving the shard assignment', () => this.#assignment!.stop());
    } catch (error) {
      onError(error as TickmarkError);
    }
    this.#stopTalking();
  }

  /** @throws TickmarkError `INVALID_ARGUMENT` for a shard out of range. */
  async assigned(shards: readonly number[]): Promise<void> {
    const to = this.#assignment!.shardCount - 1;
    for (const shard of shards)
      checkNumber('MarkToMarketEngine: assigned shards', shard, { from: 0, to, isWhole: true });
    const { clock, take, loading } = this.#options;
    this.#standby?.add(shards);
    const taken = take(shards);
    this.#heartbeat?.beat();
    await taken;
    // One may have been given up while it was loaded, and assigned again.
    for (const shard of this.held.select(shards)!.shards)
      if (!loading().has(shard)) this.#loadedAt.set(shard, clock.now());
    this.#heartbeat?.beat();
  }

  async revoked(shards: readonly number[]): Promise<void> {
    const { clock, flush } = this.#options;
    for (const shard of shards) this.#leaving.add(shard);
    // First, so that a standby acts however long the store takes.
    this.#heartbeat?.beat();
    // What the store does not take in time, the next owner computes anew.
    const calls = new BoundedCalls(clock, this.#drainMs);
    await calls.run('Storing the last values', flush).catch(() => undefined);
    this.lost(shards);
    for (const shard of shards) this.#leaving.delete(shard);
  }

  lost(shards: readonly number[]): void {
    for (const shard of shards) this.#loadedAt.delete(shard);
    this.#standby?.delete(shards);
    this.#options.drop(shards);
    this.#heartbeat?.beat();
  }

  #owned(shardCount: number): { shardCount: number; loaded: number[]; loading: number[] } {
    const loading = this.#options.loading();
    const owned = this.held.selection!.shards.filter((shard) => !this.#leaving.has(shard));
    return {
      shardCount,
      loaded: owned.filter((shard) => !loading.has(shard)),
      loading: owned.filter((shard) => loading.has(shard)),
    };
  }

  #stopTalking(): void {
    this.#heartbeat?.stop();
    this.#standby?.stop();
  }
}
