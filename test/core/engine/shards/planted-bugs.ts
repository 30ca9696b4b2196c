import { LockError } from '../../../../src/core/errors.js';
import type { Lease } from '../../../../src/core/locking/lock.js';
import type { StoreAcquireOptions } from '../../../../src/core/locking/store-lock.js';
import type { DomainEvent } from '../../../../src/core/messaging/event-bus.js';
import type {
  HoldingsChanges,
  ValuationOutcome,
  ValuationRecord,
} from '../../../../src/core/portfolio/portfolio-repository.js';
import { HOLDINGS_CHANGED } from '../../../../src/core/portfolio/holdings-changed-event.js';
import type { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PRICES_CHANGED } from '../../../../src/core/prices/price-changed-event.js';
import { PRICES_HEARTBEAT } from '../../../../src/core/prices/price-sync-events.js';
import type { ShardOptions } from '../../../../src/core/shards/shard-selection.js';
import { InMemoryEventBus } from '../../../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../../../src/memory/in-memory-lock.js';
import { WatchedRepository, type WorldParts } from './shards-world.js';

class IgnoresTheOrderOfPrices extends WatchedRepository {
  #saves = 0;

  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const order = (): string => String(++this.#saves).padStart(12, '0');
    return super.saveValuations(valuations.map((each) => ({ ...each, priceOrder: order(), basis: '' })));
  }
}

class IgnoresTheVersion extends WatchedRepository {
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const stored = await this.loadMany(valuations.map(({ portfolioId }) => portfolioId));
    const versions = new Map(stored.map(({ id, version }) => [id, version]));
    return super.saveValuations(
      valuations.map((each) => ({ ...each, version: versions.get(each.portfolioId) ?? each.version })),
    );
  }
}

class LosesSomeValues extends WatchedRepository {
  #saves = 0;

  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations.filter(() => ++this.#saves % 5 !== 0));
    return valuations.map((_, at) => outcomes[at] ?? 'saved');
  }
}

class StoresAnOldValueAgain extends WatchedRepository {
  #old: ValuationRecord | undefined;
  #saves = 0;

  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    if (++this.#saves % 20 === 0 && this.#old) this.judge(this.#old);
    if (this.#saves % 10 === 0) this.#old = valuations.find((_, at) => outcomes[at] === 'saved');
    return outcomes;
  }
}

class LeavesTheLastOut extends WatchedRepository {
  override async *stream(options?: ShardOptions): AsyncIterable<Portfolio> {
    let last: Portfolio | undefined;
    for await (const each of super.stream(options)) {
      if (last) yield last;
      last = each;
    }
  }
}

class StreamsAnotherShard extends WatchedRepository {
  override stream({ shards }: ShardOptions = {}): AsyncIterable<Portfolio> {
    const next = shards && { ...shards, shards: shards.shards.map((shard) => (shard + 1) % shards.count) };
    return super.stream({ shards: next });
  }
}

class LoadsWhatItLoadedFirst extends WatchedRepository {
  readonly #first = new Map<string, Portfolio>();

  override async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    const found = await super.loadMany(ids);
    // The checks of the world ask for all at once.
    if (ids.length > 10) return found;
    return found.map((each) => {
      if (!this.#first.has(each.id)) this.#first.set(each.id, each);
      return this.#first.get(each.id)!;
    });
  }
}

class ListsNoChanges extends WatchedRepository {
  override async changesSince(since: string | null, options?: ShardOptions): Promise<HoldingsChanges> {
    return { ...(await super.changesSince(since, options)), portfolios: [] };
  }

  // A refused value would show the change as well.
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    return outcomes.map((outcome) => (outcome === 'conflict' ? 'outdated' : outcome));
  }
}

/** Loses messages of a type, one of so many. */
class LosingBus extends InMemoryEventBus {
  readonly oneOf = new Map<string, number>();
  #count = 0;

  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const type = (Array.isArray(events) ? (events as DomainEvent[])[0] : (events as DomainEvent))?.type ?? '';
    const oneOf = this.oneOf.get(type);
    if (oneOf !== undefined && ++this.#count % oneOf === 0) return Promise.resolve();
    return super.publish(events);
  }
}

/** Takes no lease back from a process that is gone. */
class NeverExpires extends InMemoryLock {
  readonly #granted = new Set<string>();

  override async acquire(key: string, options?: StoreAcquireOptions): Promise<Lease> {
    if (this.#granted.has(key)) throw new LockError('LOCK_TIMEOUT', key, 'held for ever');
    const lease = await super.acquire(key, options);
    this.#granted.add(key);
    const release = lease.release.bind(lease);
    lease.release = () => {
      this.#granted.delete(key);
      return release();
    };
    return lease;
  }
}

/** Faults that the simulation must find, each as the parts of a world. */
export const PLANTED_BUGS: Readonly<Record<string, () => WorldParts>> = {
  'a store that ignores the order of prices': () => ({ repository: new IgnoresTheOrderOfPrices() }),
  'a store that ignores the version of holdings': () => ({ repository: new IgnoresTheVersion() }),
  'a store that loses some values': () => ({ repository: new LosesSomeValues() }),
  'a store that stores an old value again': () => ({ repository: new StoresAnOldValueAgain() }),
  'a store that leaves the last portfolio of a shard out': () => ({ repository: new LeavesTheLastOut() }),
  'a store that streams another shard': () => ({ repository: new StreamsAnotherShard() }),
  'a store that loads old holdings': () => ({ repository: new LoadsWhatItLoadedFirst() }),
  'changes that neither bus nor store announce': () => ({
    repository: new ListsNoChanges(),
    bus: (clock) => {
      const bus = new LosingBus({ clock });
      bus.oneOf.set(HOLDINGS_CHANGED, 2);
      return bus;
    },
  }),
  'a bus that loses prices without a word': () => ({
    bus: (clock) => {
      const bus = new LosingBus({ clock });
      bus.oneOf.set(PRICES_CHANGED, 2).set(PRICES_HEARTBEAT, 1);
      return bus;
    },
  }),
  'a lock whose leases never expire': () => ({ lock: (clock) => new NeverExpires({ clock }) }),
  'a worker with another number of shards': () => ({ shardCount: (worker) => (worker === 0 ? 6 : 5) }),
};
