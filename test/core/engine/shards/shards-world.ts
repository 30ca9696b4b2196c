import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { PriceStreamProcessor } from '../../../../src/core/ingest/price-stream-processor.js';
import { HoldingsEditor } from '../../../../src/core/portfolio/holdings-editor.js';
import type {
  ValuationOutcome,
  ValuationRecord,
} from '../../../../src/core/portfolio/portfolio-repository.js';
import { PORTFOLIOS_VALUED } from '../../../../src/core/engine/portfolio-valued-event.js';
import { seededRandom } from '../../../../src/core/random.js';
import { InMemoryEventBus } from '../../../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../../../src/memory/in-memory-lock.js';
import { InMemoryPortfolioRepository } from '../../../../src/memory/in-memory-portfolio-repository.js';
import { portfolio } from '../engine-world.js';
import type { ShardsOwnedEvent } from '../../../../src/core/engine/shards/shards-owned-event.js';
import { LEASE_MS, SimulatedWorker, type SharedParts } from './simulated-worker.js';

const SHARDS = 6;
const ALL_SHARDS = [...Array(SHARDS).keys()];
const SYMBOLS = ['A', 'B', 'C'];
/** Some worlds have a standby that waits for so long that the group of owners names a new owner first. */
const STANDBY_AFTER_MS = [400, 6_000] as const;
/** From the silence of an owner to a standby that acts. */
const DETECTION_MS = 100;
/** Longest way of a last heartbeat to a standby, and of its first prices and values to the store. */
const NETWORK_MS = 200;
/** A shard may move between owners at any time, so a standby may work in one second of rest, and not in all. */
const REST_TRIES = 12;
/** Part of what owners say that is lost while faults happen. */
const LOST = 0.1;
/** Time in which owners close, or name a new owner of the shards of one whose leases have ended. */
const GROUP_MS = 3_000;
const IDS = Array.from({ length: 12 }, (_, n) => `p${n}`);

/** Parts that a test replaces by broken ones. */
export interface WorldParts {
  readonly repository?: WatchedRepository;
  readonly lock?: (clock: FakeClock) => InMemoryLock;
  readonly bus?: (clock: FakeClock) => InMemoryEventBus;
  /** Number of shards that a worker believes in. */
  readonly shardCount?: (worker: number) => number;
  /** What a standby hears of what an owner says. */
  readonly hears?: (event: ShardsOwnedEvent) => ShardsOwnedEvent;
  /** How long a standby waits, in ms. */
  readonly standbyAfterMs?: number;
  /** Breaks a part of every engine. @returns what repairs it. */
  readonly plant?: () => () => void;
}

/** Price of a symbol at a step of the market. */
const priceAt = (symbol: string, step: number): number => 10 + ((step * 7 + symbol.charCodeAt(0) * 13) % 90);

/** A store that notes every valuation that is replaced by a wrong or an older one. */
export class WatchedRepository extends InMemoryPortfolioRepository {
  /** Judges a valuation that was stored. */
  judge: (record: ValuationRecord) => void = () => undefined;

  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    outcomes.forEach((outcome, at) => outcome === 'saved' && this.judge(valuations[at]!));
    return outcomes;
  }
}

/** Workers that share shards, on a clock and a network of the simulation, with what goes wrong drawn from a seed. */
export class ShardsWorld {
  readonly violations: string[] = [];
  takeovers = 0;
  readonly #clock = new FakeClock();
  readonly #random: () => number;
  readonly #repository: WatchedRepository;
  readonly #bus: InMemoryEventBus;
  readonly #shared: SharedParts;
  readonly #processor: PriceStreamProcessor;
  readonly #editor: HoldingsEditor;
  readonly #workers: SimulatedWorker[] = [];
  readonly #parts: WorldParts;
  readonly #standbyAfterMs: number;
  readonly #stepTimes = new Map<number, number>();
  readonly #stored = new Map<string, { version: number; priceTime: number }>();
  /** Quantities by portfolio and version. */
  readonly #holdings = new Map<string, Readonly<Record<string, number>>>();
  #step = 0;
  #made = 0;

  constructor(seed: number, parts: WorldParts = {}) {
    this.#parts = parts;
    this.#random = seededRandom(seed);
    const clock = this.#clock;
    this.#repository = parts.repository ?? new WatchedRepository();
    this.#repository.judge = (record) => this.#judge(record);
    this.#bus = parts.bus?.(clock) ?? new InMemoryEventBus({ clock });
    const lock = parts.lock?.(clock) ?? new InMemoryLock({ clock });
    const { random, bus, repository } = {
      random: this.#random,
      bus: this.#bus,
      repository: this.#repository,
    };
    this.#shared = { clock, random, bus, lock, repository, loadMs: 0, lost: LOST };
    this.#standbyAfterMs = STANDBY_AFTER_MS[seed % 2]!;
    this.#processor = new PriceStreamProcessor({
      bus: this.#bus,
      clock,
      random: this.#random,
      throttle: false,
    });
    this.#editor = new HoldingsEditor({
      repository: this.#repository,
      bus: this.#bus,
      clock,
      random: this.#random,
    });
    this.#bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const { portfolioId, version, marketValue, complete } of batch) {
        if (complete && !this.#isPossible(portfolioId, version, Number(String(marketValue))))
          this.violations.push(`published ${String(marketValue)} for ${portfolioId} at version ${version}`);
      }
    });
  }

  /** Runs a seed: faults for a while, then quiet until everything must be right. */
  async run(): Promise<void> {
    for (const id of IDS) {
      const held = Object.fromEntries(
        SYMBOLS.map((symbol) => [symbol, this.#between(0, 9) - 3]).filter(([, q]) => q !== 0),
      );
      const saved = await this.#repository.save(portfolio(id, held as Record<string, number>));
      this.#holdings.set(`${id} ${saved.version}`, held as Record<string, number>);
    }
    for (let count = 0; count < 3; count++) await this.#join('owner');
    await this.#join('standby');
    await this.#tick();
    await this.#clock.advance(3_000);
    for (let turn = 0; turn < 20; turn++) {
      if (this.#random() < 0.8) await this.#tick();
      if (this.#random() < 0.4) await this.#trade();
      if (turn % 3 === 1) await this.#disturb();
      await this.#clock.advance(this.#between(20, 500));
    }
    for (const worker of this.#workers) {
      worker.resume();
      worker.heal();
    }
    this.#shared.lost = 0;
    while (this.#well('owner').length < 2) await this.#join('owner');
    if (this.#well('standby').length === 0) await this.#join('standby');
    // Several might share their shards anew while one of them acts.
    for (const other of this.#well('standby').slice(1)) other.kill();
    await this.#tick();
    await this.#clock.advance(10_000);
    await this.#checkStored('at the end');
    await this.#checkRest();
    await this.#checkTakeover();
  }

  #well(role: SimulatedWorker['role']): SimulatedWorker[] {
    return this.#workers.filter((worker) => worker.role === role && worker.isWell);
  }

  async #join(role: SimulatedWorker['role']): Promise<void> {
    const { hears, shardCount, standbyAfterMs } = this.#parts;
    const isStandby = role === 'standby';
    const worker = new SimulatedWorker(this.#shared, {
      role,
      shardCount: shardCount?.(this.#made) ?? SHARDS,
      standbyAfterMs: (isStandby ? standbyAfterMs : undefined) ?? this.#standbyAfterMs,
      hears: hears ?? ((event) => event),
    });
    this.#made++;
    this.#workers.push(worker);
    void worker.engine.start().catch(() => worker.kill());
    await this.#clock.advance(this.#between(0, 100));
  }

  async #tick(): Promise<void> {
    this.#step++;
    const timestamp = this.#clock.now();
    this.#stepTimes.set(timestamp, this.#step);
    for (const symbol of SYMBOLS)
      this.#processor.push({ symbol, price: priceAt(symbol, this.#step), timestamp });
    await this.#clock.advance(1);
  }

  async #trade(): Promise<void> {
    const id = IDS[this.#between(0, IDS.length - 1)]!;
    const symbol = SYMBOLS[this.#between(0, SYMBOLS.length - 1)]!;
    const quantity = this.#between(1, 5);
    const saved = await this.#editor.update(id, (held) => held.buy(symbol, quantity, 10));
    const before = this.#holdings.get(`${id} ${saved.version - 1}`)!;
    this.#holdings.set(`${id} ${saved.version}`, { ...before, [symbol]: (before[symbol] ?? 0) + quantity });
  }

  async #disturb(): Promise<void> {
    const living = this.#workers.filter((worker) => !worker.isDead);
    const worker = living[this.#between(0, living.length - 1)];
    const kind = this.#between(0, 5);
    if (!worker || kind === 5 || living.length < 2)
      return this.#join(this.#random() < 0.3 ? 'standby' : 'owner');
    this.takeovers++;
    if (kind === 0) worker.kill();
    if (kind === 1) worker.freeze();
    if (kind === 2) worker.cut();
    if (kind === 3) {
      worker.resume();
      worker.heal();
    }
    if (kind === 4) worker.close();
  }

  #judge({ portfolioId, version, priceTime, marketValue, complete }: ValuationRecord): void {
    const before = this.#stored.get(portfolioId);
    if (before && version === before.version && priceTime < before.priceTime)
      this.violations.push(`${portfolioId}: stored a value of ${priceTime} after one of ${before.priceTime}`);
    if (before && version < before.version)
      this.violations.push(
        `${portfolioId}: stored a value of version ${version} after one of ${before.version}`,
      );
    this.#stored.set(portfolioId, { version, priceTime });
    const expected = this.#valueAt(portfolioId, version, this.#stepTimes.get(priceTime) ?? NaN);
    if (complete && priceTime > 0 && Number(String(marketValue)) !== expected)
      this.violations.push(`${portfolioId}: stored ${String(marketValue)} instead of ${expected}`);
  }

  #valueAt(id: string, version: number, step: number): number {
    const held = this.#holdings.get(`${id} ${version}`) ?? {};
    return Object.entries(held).reduce(
      (sum, [symbol, quantity]) => sum + quantity * priceAt(symbol, step),
      0,
    );
  }

  #isPossible(id: string, version: number, value: number): boolean {
    for (let step = 1; step <= this.#step; step++)
      if (this.#valueAt(id, version, step) === value) return true;
    return false;
  }

  /** While owners value everything, no standby acts, stores or publishes. */
  async #checkRest(): Promise<void> {
    const work = (): number =>
      this.#well('standby').reduce((sum, { engine }) => {
        const { saved, outdated, conflict, published, takenOver } = engine.stats();
        return sum + saved + outdated + conflict + published + 1_000_000 * takenOver;
      }, 0);
    for (let tries = 0; tries < REST_TRIES; tries++) {
      const before = work();
      await this.#tick();
      await this.#clock.advance(1_000);
      if (before < 1_000_000 && work() === before) return;
    }
    this.violations.push('standbys work while owners value everything');
  }

  /** An owner ends, and the others take long to load its shards: standbys store and publish the values in time. */
  async #checkTakeover(): Promise<void> {
    const owner = this.#well('owner').find(({ engine }) => engine.stats().shards! > 0);
    if (!owner) return;
    this.#shared.loadMs = 20_000;
    const theirs = owner.engine.ownedShards().map(({ shard }) => shard);
    const isPlanned = this.#random() < 0.5;
    if (isPlanned) owner.close();
    else owner.kill();
    await this.#tick();
    const limitMs = isPlanned
      ? GROUP_MS
      : Math.min(this.#standbyAfterMs + DETECTION_MS, LEASE_MS + GROUP_MS) + NETWORK_MS / 4;
    await this.#clock.advance(limitMs);
    // Until a shard has a new owner, only silence tells that its last one is gone.
    const silenceMs = this.#standbyAfterMs + DETECTION_MS;
    for (
      let waitedMs = limitMs;
      waitedMs < silenceMs && !this.#areValued(theirs) && !this.#isAssigned();
      waitedMs += 50
    )
      await this.#clock.advance(50);
    if (!this.#areValued(theirs)) this.violations.push(`nobody values some shards after ${limitMs} ms`);
    // Another shard may just be on its way from one owner to another.
    for (let waitedMs = 0; waitedMs < GROUP_MS && !this.#areValued(ALL_SHARDS); waitedMs += 50)
      await this.#clock.advance(50);
    await this.#clock.advance(NETWORK_MS);
    await this.#checkStored(`after a takeover${isPlanned ? ' as planned' : ''}`);
  }

  /** Whether each of some shards is valued: by an owner that has loaded it, or by a standby that acts for it. */
  #areValued(shards: readonly number[]): boolean {
    const valued = new Set(
      this.#workers
        .filter(({ isWell }) => isWell)
        .flatMap(({ engine }) => engine.ownedShards().map(({ shard }) => shard)),
    );
    return shards.every((shard) => valued.has(shard));
  }

  /** Whether each shard has an owner, which may still be loading it. */
  #isAssigned(): boolean {
    return this.#well('owner').reduce((sum, { engine }) => sum + engine.stats().shards!, 0) >= SHARDS;
  }

  async #checkStored(when: string): Promise<void> {
    const stored = new Map(
      (await this.#repository.loadValuations(IDS)).map((each) => [each.portfolioId, each]),
    );
    for (const { id, version } of await this.#repository.loadMany(IDS)) {
      const expected = this.#valueAt(id, version, this.#step);
      const found = stored.get(id);
      if (found?.version !== version || Number(String(found.marketValue)) !== expected)
        this.violations.push(
          `${id}: ${when} ${String(found?.marketValue)} of version ${found?.version} instead of ${expected} of ${version}`,
        );
    }
  }

  #between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }
}
