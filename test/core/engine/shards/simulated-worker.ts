import type { Clock, Timer } from '../../../../src/core/clock.js';
import {
  SHARDS_OWNED,
  type ShardsOwnedEvent,
} from '../../../../src/core/engine/shards/shards-owned-event.js';
import { MarkToMarketEngine } from '../../../../src/core/engine/mark-to-market-engine.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import type { AcquireOptions, Lease, Lock } from '../../../../src/core/locking/lock.js';
import {
  BUS_GAP,
  type BusGapEvent,
  type DomainEvent,
  type EventBus,
} from '../../../../src/core/messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../../../../src/core/portfolio/holdings-changed-event.js';
import type { PortfolioRepository } from '../../../../src/core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PRICES_CHANGED } from '../../../../src/core/prices/price-changed-event.js';
import { STREAM_GAP } from '../../../../src/core/prices/stream-gap-event.js';
import type { RandomSource } from '../../../../src/core/random.js';
import { LeaseShardAssignment } from '../../../../src/core/shards/lease/lease-shard-assignment.js';
import type { ShardOptions } from '../../../../src/core/shards/shard-selection.js';

/** What the workers of a simulation share. */
export interface SharedParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly bus: EventBus;
  readonly lock: Lock;
  readonly repository: PortfolioRepository;
  /** How long the store takes to find the portfolios of shards, in ms. */
  loadMs: number;
  /** Part of what owners say that is lost. */
  lost: number;
}

/** What a worker is. */
export interface WorkerSettings {
  readonly role: 'owner' | 'standby';
  readonly shardCount: number;
  readonly standbyAfterMs: number;
  /** What it makes of an event that says what an owner has. */
  readonly hears: (event: ShardsOwnedEvent) => ShardsOwnedEvent;
}

export const LEASE_MS = 1_500;
const LONGEST_DELAY_MS = 40;

/**
 * A process: an engine whose calls and messages go over a network that delays, repeats and loses, and that can be frozen, cut off or killed.
 */
export class SimulatedWorker {
  readonly engine: MarkToMarketEngine;
  readonly role: WorkerSettings['role'];
  readonly errors: TickmarkError[] = [];
  readonly #shared: SharedParts;
  readonly #hears: WorkerSettings['hears'];
  #isDead = false;
  #isFrozen = false;
  #isCut = false;
  #isClosing = false;
  /** What waits until it is no longer frozen. */
  #waiting: (() => void)[] = [];
  readonly #gapListeners = new Set<(event: BusGapEvent) => void>();
  #cutSince = 0;

  constructor(shared: SharedParts, { role, shardCount, standbyAfterMs, hears }: WorkerSettings) {
    this.#shared = shared;
    this.role = role;
    this.#hears = hears;
    const clock = this.#clock();
    const bus = this.#bus();
    this.engine = new MarkToMarketEngine({
      clock,
      random: shared.random,
      bus,
      repository: this.#repository(),
      shards: new LeaseShardAssignment({
        lock: this.#lock(),
        clock,
        random: shared.random,
        shardCount,
        name: role,
        leaseMs: LEASE_MS,
        maxMembers: 5,
      }),
      role,
      standbyAfterMs,
      persistMs: 50,
      holdingsPollMs: 1_000,
      onError: (error) => void this.errors.push(error),
    });
  }

  /** Whether it takes part and could do its work. */
  get isWell(): boolean {
    return !this.#isDead && !this.#isFrozen && !this.#isCut && !this.#isClosing;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
  }

  /** Ends in order. */
  close(): void {
    this.#isClosing = true;
    void this.engine.close().then(() => this.kill());
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  resume(): void {
    this.#isFrozen = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }

  /** Cuts its network: calls fail, some of them after they have taken effect, and messages are lost. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#cutSince = this.#shared.clock.now();
  }

  /** Ends the cut; the bus says what was lost. */
  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    const gap = {
      type: BUS_GAP,
      id: 'gap',
      occurredAt: this.#shared.clock.now(),
      from: this.#cutSince,
      to: this.#shared.clock.now(),
      lost: null,
      reason: 'disconnect' as const,
    };
    for (const listener of this.#gapListeners) this.#whenAwake(() => listener(gap as unknown as BusGapEvent));
  }

  #whenAwake(call: () => void): void {
    if (this.#isDead) return;
    if (this.#isFrozen) this.#waiting.push(call);
    else call();
  }

  /** A call over the network. */
  async #call<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#travel();
    const takesEffect = !this.#isCut || this.#shared.random() < 0.3;
    const answer = takesEffect ? call() : null;
    answer?.catch(() => undefined);
    await this.#travel();
    if (answer === null || this.#isCut) throw new Error('the network is down');
    return answer;
  }

  #travel(ms = this.#shared.random() * LONGEST_DELAY_MS): Promise<void> {
    const { clock } = this.#shared;
    return new Promise((resolve) => {
      if (this.#isDead) return;
      clock.setTimer(() => this.#whenAwake(resolve), ms);
    });
  }

  #clock(): Clock {
    const { clock } = this.#shared;
    const later = (callback: () => void, start: (run: () => void) => Timer): Timer => {
      let isCleared = false;
      const timer = start(() => this.#whenAwake(() => isCleared || callback()));
      return {
        clear: () => {
          isCleared = true;
          timer.clear();
        },
      };
    };
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (callback, ms) => later(callback, (run) => clock.setTimer(run, ms)),
      defer: (callback) => later(callback, (run) => clock.defer(run)),
    };
  }

  #lock(): Lock {
    const { lock } = this.#shared;
    return {
      acquire: async (key: string, options?: AcquireOptions): Promise<Lease> => {
        const lease = await this.#call(() => lock.acquire(key, options));
        const lost = new AbortController();
        const onLost = (): void => this.#whenAwake(() => lost.abort());
        if (lease.signal.aborted) onLost();
        else lease.signal.addEventListener('abort', onLost, { once: true });
        return {
          key,
          fencingToken: lease.fencingToken,
          signal: lost.signal,
          get held() {
            return lease.held;
          },
          extend: (ttlMs) => this.#call(() => lease.extend(ttlMs)),
          release: () => this.#call(() => lease.release()),
          [Symbol.asyncDispose]: () => this.#call(() => lease.release()),
        };
      },
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #bus(): EventBus {
    const { bus, clock, random } = this.#shared;
    const deliver = (listener: (event: DomainEvent) => unknown, event: DomainEvent): void => {
      if (this.#isCut) return;
      const times = random() < 0.1 ? 2 : 1;
      for (let time = 0; time < times; time++)
        clock.setTimer(() => this.#whenAwake(() => void listener(event)), random() * LONGEST_DELAY_MS);
    };
    return {
      publish: (events: DomainEvent | readonly DomainEvent[]) =>
        this.#call(() => bus.publish(events as DomainEvent)),
      subscribe: (type: string, listener: (event: DomainEvent) => unknown) => {
        if (type === BUS_GAP) {
          const types = [PRICES_CHANGED, HOLDINGS_CHANGED, STREAM_GAP, SHARDS_OWNED];
          const told = (gap: BusGapEvent): void => void listener({ ...gap, types } as unknown as DomainEvent);
          this.#gapListeners.add(told);
          return () => void this.#gapListeners.delete(told);
        }
        const isHeartbeat = type === SHARDS_OWNED;
        return bus.subscribe(type as never, (event: DomainEvent) => {
          if (!isHeartbeat) return deliver(listener, event);
          if (random() >= this.#shared.lost) deliver(listener, this.#hears(event as ShardsOwnedEvent));
        });
      },
      stats: () => bus.stats(),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    } as unknown as EventBus;
  }

  #repository(): PortfolioRepository {
    const { repository } = this.#shared;
    const pause = (): Promise<void> => this.#travel(this.#shared.loadMs);
    const call = <Result>(run: () => Promise<Result>): Promise<Result> => this.#call(run);
    const stream = async function* (options?: ShardOptions): AsyncIterable<Portfolio> {
      const found = await call(async () => {
        const all: Portfolio[] = [];
        for await (const each of repository.stream(options)) all.push(each);
        return all;
      });
      await pause();
      // A few at a time, as pages.
      for (const [at, each] of found.entries()) {
        if (at % 3 === 2) await call(async () => undefined);
        yield each;
      }
    };
    return {
      load: (id) => call(() => repository.load(id)),
      loadMany: (ids) => call(() => repository.loadMany!(ids)),
      stream,
      save: (portfolio) => call(() => repository.save(portfolio)),
      delete: (id, version) => call(() => repository.delete(id, version)),
      changesSince: (since, options) => call(() => repository.changesSince!(since, options)),
      saveValuations: (valuations) => call(() => repository.saveValuations(valuations)),
      loadValuations: (ids) => call(() => repository.loadValuations(ids)),
      savePrices: (prices) => call(() => repository.savePrices(prices)),
      loadPrices: () => call(() => repository.loadPrices()),
      corporateActions: (after) => call(() => repository.corporateActions!(after)),
    };
  }
}
