import type { Clock, Timer } from '../../clock.js';
import { TickmarkError } from '../../errors.js';
import { BUS_GAP, type EventBus } from '../../messaging/event-bus.js';
import type { Unsubscribe } from '../../unsubscribe.js';
import { SHARDS_OWNED, SHARDS_OWNED_FORMAT, type ShardsOwnedEvent } from './shards-owned-event.js';

/** Options of {@link StandbyShards}. */
export interface StandbyShardsOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly shardCount: number;
  /** How long owners of a shard may be silent, in ms. */
  readonly afterMs: number;
  readonly onError: (error: TickmarkError) => void;
  /** Called with shards for which this standby acts from now on. */
  readonly onTakeOver: (shards: readonly number[]) => void;
}

/** A shard that this standby follows or acts for. */
interface FollowedShard {
  /** Time awake when an owner last said that it values the shard. */
  heardAt: number;
  /** Owners that value the shard, as far as is known. */
  readonly owners: Set<string>;
  /** The owner that loads it, as far as is known. */
  loader: string | null;
}

const MOST_OWNERS = 1_000;
const LONGEST_TICK_MS = 50;

/**
 * For which of its shards a standby acts: those that no owner values. It takes a shard over when its owners are silent, when the last one has
 * given it up, and when a new one is named that has yet to load it; it ends when an owner says that it values the shard.
 */
export class StandbyShards {
  readonly #options: StandbyShardsOptions;
  readonly #tickMs: number;
  readonly #shards = new Map<number, FollowedShard>();
  /** The shards for which it acts, and since when, ms since 1970. */
  readonly #acting = new Map<number, number>();
  /** Number of the last event of each owner: a late or repeated one says nothing. */
  readonly #numbers = new Map<string, number>();
  readonly #reported = new Set<string>();
  #unsubscribes: Unsubscribe[] = [];
  #timer: Timer | null = null;
  /** How long this process has watched, in ms, and until when that is counted. */
  #awakeMs = 0;
  #countedTo = 0;

  constructor(options: StandbyShardsOptions) {
    this.#options = options;
    this.#tickMs = Math.min(LONGEST_TICK_MS, options.afterMs / 20);
  }

  /** Number of shards for which it acts. */
  get size(): number {
    return this.#acting.size;
  }

  /** Whether it acts for a shard. */
  has(shard: number): boolean {
    return this.#acting.has(shard);
  }

  /** Since when it acts for a shard, ms since 1970; `undefined` if it does not. */
  since(shard: number): number | undefined {
    return this.#acting.get(shard);
  }

  start(): void {
    const { bus, clock } = this.#options;
    this.#countedTo = clock.monotonic();
    this.#unsubscribes = [
      bus.subscribe(SHARDS_OWNED, (event) => this.#heard(event)),
      bus.subscribe(BUS_GAP, ({ types }) => {
        if (!types.includes(SHARDS_OWNED)) return;
        // Owners may have spoken.
        const now = this.#countAwake();
        for (const shard of this.#shards.values()) shard.heardAt = now;
      }),
    ];
    this.#watch();
  }

  stop(): void {
    this.#timer?.clear();
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  /** Follows shards from now on. */
  add(shards: readonly number[]): void {
    const heardAt = this.#countAwake();
    for (const shard of shards) this.#shards.set(shard, { heardAt, owners: new Set(), loader: null });
  }

  delete(shards: readonly number[]): void {
    for (const shard of shards) {
      this.#shards.delete(shard);
      this.#acting.delete(shard);
    }
  }

  #watch(): void {
    const now = this.#countAwake();
    const silent: number[] = [];
    for (const [shard, { heardAt, owners }] of this.#shards) {
      if (now - heardAt < this.#options.afterMs) continue;
      owners.clear();
      silent.push(shard);
    }
    this.#act(silent);
    this.#timer = this.#options.clock.setTimer(() => this.#watch(), this.#tickMs);
  }

  // While this process stands still, it hears nobody: that is no silence of others.
  #countAwake(): number {
    const now = this.#options.clock.monotonic();
    this.#awakeMs += Math.min(now - this.#countedTo, 2 * this.#tickMs);
    this.#countedTo = now;
    return this.#awakeMs;
  }

  #heard({ format, owner, number, shardCount, loaded, loading }: ShardsOwnedEvent): void {
    if (format !== SHARDS_OWNED_FORMAT)
      return this.#ignore('format', `format ${format}`, `format ${SHARDS_OWNED_FORMAT}`);
    if (shardCount !== this.#options.shardCount)
      return this.#ignore('count', `${shardCount} shards`, `${this.#options.shardCount}`);
    if (number <= (this.#numbers.get(owner) ?? 0)) return;
    this.#remember(owner, number);
    const now = this.#countAwake();
    const valued = new Set(loaded);
    const awaited = new Set(loading);
    const open: number[] = [];
    for (const [shard, followed] of this.#shards) {
      const { owners, loader } = followed;
      if (valued.has(shard)) {
        followed.heardAt = now;
        owners.add(owner);
        this.#acting.delete(shard);
      } else if ((owners.delete(owner) && owners.size === 0) || (awaited.has(shard) && loader !== owner))
        open.push(shard);
      if (awaited.has(shard)) followed.loader = owner;
      else if (loader === owner) followed.loader = null;
    }
    this.#act(open);
  }

  #act(shards: readonly number[]): void {
    const fresh = shards.filter((shard) => !this.#acting.has(shard));
    if (fresh.length === 0) return;
    for (const shard of fresh) this.#acting.set(shard, this.#options.clock.now());
    this.#options.onTakeOver(fresh);
  }

  #remember(owner: string, number: number): void {
    // The owner that has been silent for longest is forgotten first.
    this.#numbers.delete(owner);
    this.#numbers.set(owner, number);
    if (this.#numbers.size > MOST_OWNERS) this.#numbers.delete(this.#numbers.keys().next().value!);
  }

  #ignore(kind: string, given: string, accepted: string): void {
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    const message =
      `MarkToMarketEngine: an owner of shards speaks of ${given}; this standby accepts ${accepted}. ` +
      'It is ignored, so this standby acts beside it.';
    this.#options.onError(new TickmarkError('INVALID_ARGUMENT', message));
  }
}
