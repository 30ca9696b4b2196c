/**
 * A holder that is about to write when it is frozen: it takes the lease, loads and computes, and waits at the gate before
 * its write until it is told to go on. It does not look at its lease again, as no program can at the very last moment.
 */
import { InMemoryEventBus, type Portfolio, type PortfolioRepository, type ValuationRecord } from 'tickmark';
import { HoldingsEditor, PortfolioValuationService } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { UNHURRIED_LOCK, openLock, openStore, type LockKind, type Place } from './adapters.js';
import { pricesAt, traded, type Trade } from './market.js';

/** What to do under a lease of this key. */
export interface Task {
  readonly key: string;
  readonly ttlMs: number;
  readonly id: string;
  /** Value at the prices of this time; or make this trade. */
  readonly time?: number;
  readonly trade?: Trade;
}

/** `gate`: it is about to write. `done`: what became of it. */
export type TaskMessage =
  | { readonly state: 'ready' }
  | { readonly state: 'gate'; readonly token: string }
  | {
      readonly state: 'done';
      readonly heldAtWrite: boolean;
      readonly lossTold: boolean;
      /** Writes that the store refused. */
      readonly refused: number;
      readonly outcome: string;
    };

const { args, next, send } = workerLink<Place & { lock: LockKind }, Task | 'go', TaskMessage>();
const store = openStore(args, 2);
const lock = openLock(args.lock, args, UNHURRIED_LOCK);
let gate: (() => Promise<void>) | null = null;

async function pass(): Promise<void> {
  const closed = gate;
  gate = null;
  await closed?.();
}

// The real store, with a gate before the first write.
const repository: PortfolioRepository = new Proxy(store.part, {
  get(target, name) {
    if (name === 'save') return async (portfolio: Portfolio) => (await pass(), target.save(portfolio));
    if (name === 'saveValuations')
      return async (records: readonly ValuationRecord[]) => (await pass(), target.saveValuations(records));
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  },
});

send({ state: 'ready' });
for (let task = await next(); task !== undefined; task = await next()) {
  if (task === 'go') throw new Error('nothing waits at the gate');
  const lease = await lock.part.acquire(task.key, { ttlMs: task.ttlMs, waitMs: 600_000 });
  let heldAtWrite = true;
  let lossTold = false;
  gate = async () => {
    send({ state: 'gate', token: String(lease.fencingToken) });
    if ((await next()) !== 'go') throw new Error('not told to go');
    heldAtWrite = lease.held;
  };
  const service = new PortfolioValuationService({ repository });
  const editor = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
  let outcome: string;
  if (task.trade) {
    const { trade } = task;
    outcome = `version ${(await editor.update(task.id, (held) => traded(held, trade))).version}`;
  } else {
    ({ outcome } = await service.revaluatePortfolio(task.id, { updates: pricesAt(task.time!) }));
  }
  lossTold = lease.signal.aborted;
  const { conflicts, outdated } = service.stats();
  send({ state: 'done', heldAtWrite, lossTold, refused: conflicts + outdated + editor.conflicts, outcome });
  await lease.release();
}
await lock.close();
await store.close();
