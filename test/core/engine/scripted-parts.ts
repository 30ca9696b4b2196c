import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import type { AcquireOptions, Lease, Lock } from '../../../src/core/locking/lock.js';
import type {
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../../../src/core/portfolio/portfolio-repository.js';
import type { ShardAssignment, ShardHandlers } from '../../../src/core/shards/shard-assignment.js';
import type { ShardOptions } from '../../../src/core/shards/shard-selection.js';
import type { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';

/** Runs instead of a call; `proceed` performs the call. */
export type Script = <Result>(proceed: () => Promise<Result>) => Promise<Result>;

export const down: Script = () => Promise.reject(new Error('the other side is down'));
export const throwing: Script = () => {
  throw new Error('thrown, not rejected');
};
export const hanging: Script = () => new Promise<never>(() => undefined);

type RepositoryCall =
  'load' | 'loadMany' | 'stream' | 'save' | 'delete' | 'saveValuations' | 'savePrices' | 'loadPrices';

/** A working store whose calls can be scripted by name. */
export class ScriptedRepository extends InMemoryPortfolioRepository {
  readonly scripts: { [call in RepositoryCall]?: Script } = {};
  readonly counts: { [call in RepositoryCall]?: number } = {};
  readonly offered: Array<readonly ValuationRecord[]> = [];
  /** Valuations that were stored, in that order. */
  readonly saved: ValuationRecord[] = [];

  override load(id: string): Promise<Portfolio | null> {
    return this.#run('load', () => super.load(id));
  }

  override loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return this.#run('loadMany', () => super.loadMany(ids));
  }

  override async *stream(options?: ShardOptions): AsyncIterable<Portfolio> {
    for await (const portfolio of super.stream(options))
      yield await this.#run('stream', async () => portfolio);
  }

  override save(portfolio: Portfolio): Promise<Portfolio> {
    return this.#run('save', () => super.save(portfolio));
  }

  override delete(id: string, expectedVersion: number): Promise<void> {
    return this.#run('delete', () => super.delete(id, expectedVersion));
  }

  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    this.offered.push(valuations);
    return this.#run('saveValuations', async () => {
      const outcomes = await super.saveValuations(valuations);
      this.saved.push(...valuations.filter((_, at) => outcomes[at] === 'saved'));
      return outcomes;
    });
  }

  override savePrices(prices: readonly PriceRecord[]): Promise<void> {
    return this.#run('savePrices', () => super.savePrices(prices));
  }

  override loadPrices(): Promise<PriceRecord[]> {
    return this.#run('loadPrices', () => super.loadPrices());
  }

  #run<Result>(call: RepositoryCall, proceed: () => Promise<Result>): Promise<Result> {
    this.counts[call] = (this.counts[call] ?? 0) + 1;
    const script = this.scripts[call];
    return script ? script(proceed) : proceed();
  }
}

/** A working bus whose `publish` can be scripted by type of event. */
export class ScriptedBus extends InMemoryEventBus {
  readonly scripts = new Map<string, Script>();

  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const type = (Array.isArray(events) ? (events as DomainEvent[])[0] : (events as DomainEvent))?.type;
    const script = type === undefined ? undefined : this.scripts.get(type);
    const proceed = () => super.publish(events);
    return script ? script(proceed) : proceed();
  }
}

/** Loses the message without an error. */
export const losing: Script = () => Promise.resolve(undefined as never);

/** A lock made of one function. */
export function lockOf(acquire: (key: string, options?: AcquireOptions) => Promise<Lease>): Lock {
  return { acquire, close: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

/** Assigns what a test says. */
export class ScriptedShards implements ShardAssignment {
  readonly shardCount: number;
  handlers!: ShardHandlers;
  held: number[] = [];
  stops = 0;
  onStart: () => Promise<void> = () => Promise.resolve();

  constructor(shardCount: number) {
    this.shardCount = shardCount;
  }

  async start(handlers: ShardHandlers): Promise<void> {
    this.handlers = handlers;
    await this.onStart();
  }

  async assign(...shards: number[]): Promise<void> {
    this.held.push(...shards);
    await this.handlers.assigned(shards);
  }

  async stop(): Promise<void> {
    this.stops++;
    await this.handlers?.revoked(this.held);
  }
}
