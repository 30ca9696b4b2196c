/** One of several processes that revalue and trade the same portfolios at once. */
import { InMemoryEventBus, type TickmarkError } from 'tickmark';
import { HoldingsEditor, PortfolioValuationService } from 'tickmark/parts';
import { Dice } from '../oracle/dice.js';
import { workerLink } from '../servers/worker-link.js';
import { pricesAt, randomTrade, traded, type Trade } from './market.js';
import { UNHURRIED_LOCK, openLock, openStore, type LockKind, type Place } from './adapters.js';
import { onLanes } from './lanes.js';
import { WatchedLock, type LeaseRecord } from './watched-lock.js';

/** What to do at one go. */
export interface Shift {
  readonly lock: LockKind | null;
  readonly ids: readonly string[];
  readonly seed: number;
  readonly revaluations: number;
  readonly trades: number;
  /** Venue time of the prices of the last revaluation of each portfolio, made after all the others. */
  readonly lastTime: number;
}

/** How it went. */
export interface ShiftReport {
  readonly trades: readonly Trade[];
  readonly revalued: number;
  readonly conflicts: number;
  readonly editConflicts: number;
  readonly leases: readonly LeaseRecord[];
  /** How often work went on without the lock, which was not free or not released in time. */
  readonly lockFailures: number;
  readonly errors: readonly string[];
}

const LANES = 4;
const SET = 10;

const { args, next, send } = workerLink<
  Place,
  Shift | 'revalue for the last time',
  ShiftReport | 'done' | 'ready'
>();
const store = openStore(args, LANES);
const random = () => Math.random();
let closing: Array<() => Promise<void>> = [];
let last: Shift | undefined;
let service: PortfolioValuationService | undefined;

async function work(shift: Shift): Promise<ShiftReport> {
  const dice = new Dice(shift.seed);
  const errors: string[] = [];
  let lockFailures = 0;
  // A lock that is not free in time on a busy machine is reported, and the work goes on without it.
  const onError = (error: TickmarkError) => {
    if (error.code === 'LOCK_FAILED') lockFailures++;
    else errors.push(error.message);
  };
  const opened = shift.lock && openLock(shift.lock, args, UNHURRIED_LOCK);
  if (opened) closing.push(() => opened.close());
  const watched = opened && new WatchedLock(opened.part);
  const shared = { repository: store.part, lock: watched, random, onError };
  const bus = new InMemoryEventBus();
  const editor = new HoldingsEditor({ ...shared, bus, maxAttempts: 50 });
  service = new PortfolioValuationService({ ...shared, maxAttempts: 50 });
  const trades: Trade[] = [];
  // Sets take no lock. Without one, half of the revaluations are made in sets.
  const inSets = shift.lock ? 0 : Math.floor(shift.revaluations / 2 / SET) * SET;
  const jobs: Array<'trade' | 'one' | 'set'> = [
    ...new Array<'trade'>(shift.trades).fill('trade'),
    ...new Array<'one'>(shift.revaluations - inSets).fill('one'),
    ...new Array<'set'>(inSets / SET).fill('set'),
  ];
  await onLanes(LANES, dice.some(jobs, jobs.length), async (job) => {
    const id = dice.pick(shift.ids);
    // As a process that is now ahead of the others and now behind.
    const prices = () => ({ updates: pricesAt(shift.lastTime - dice.between(1, 100_000)) });
    try {
      if (job === 'trade') {
        const trade = randomTrade(id, dice);
        await editor.update(id, (portfolio) => traded(portfolio, trade));
        trades.push(trade);
      } else if (job === 'one') {
        await service!.revaluatePortfolio(id, prices());
      } else {
        const { failures } = await service!.batchRevaluatePortfolios(dice.some(shift.ids, SET), prices());
        errors.push(...failures.map(({ error }) => error.message));
      }
    } catch (error) {
      errors.push(String(error));
    }
  });
  const { succeeded: revalued, conflicts } = service.stats();
  return {
    trades,
    revalued,
    conflicts,
    editConflicts: editor.conflicts,
    leases: watched?.records ?? [],
    lockFailures,
    errors,
  };
}

send('ready');
for (let message = await next(); message !== undefined; message = await next()) {
  if (message === 'revalue for the last time') {
    const { ids, lastTime, seed } = last!;
    const updates = pricesAt(lastTime);
    await onLanes(LANES, new Dice(seed).some(ids, ids.length), async (id) => {
      await service!.revaluatePortfolio(id, { updates });
    });
    for (const close of closing) await close();
    closing = [];
    send('done');
  } else {
    last = message;
    send(await work(message));
  }
}
await store.close();
