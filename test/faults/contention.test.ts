import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { worker, type Worker } from '../servers/worker.js';
import { openPlace, type LockKind, type OpenPlace } from './adapters.js';
import type { Shift, ShiftReport } from './contention-worker.js';
import { printFigure } from './figures.js';
import { disorder } from './watched-lock.js';
import { figuresAt, figuresOf, holdingsAfter, holdingsOf, newPortfolio } from './market.js';

const PROCESSES = sized({ quick: 4, full: 8 });
const PORTFOLIOS = 50;
// What each process does: in full without a lock and with that of Redis, in part with that of PostgreSQL.
const full = sized({
  quick: { revaluations: 40, trades: 10 },
  gate: { revaluations: 100, trades: 25 },
  full: { revaluations: 2000, trades: 500 },
});
const part = sized({
  quick: { revaluations: 20, trades: 5 },
  gate: { revaluations: 40, trades: 10 },
  full: { revaluations: 400, trades: 100 },
});

const place = await openPlace();
const program = new URL('contention-worker.ts', import.meta.url);

describe.skipIf(!place)(
  `${PROCESSES} processes that revalue and trade the same ${PORTFOLIOS} portfolios`,
  () => {
    const { repository, parts } = place ?? ({} as OpenPlace);
    const newest = 1_900_000_000_000;
    let processes: Array<Worker<Shift | 'revalue for the last time', ShiftReport | 'done' | 'ready'>>;
    const answers = () => Promise.all(processes.map((each) => each.next()));

    beforeAll(async () => {
      processes = Array.from({ length: PROCESSES }, () => worker(program, parts));
      await answers();
    });

    afterAll(async () => {
      for (const each of processes) each.end();
      for (const each of processes) expect(await each.exited, each.stderr).toEqual({ code: 0, signal: null });
      await place!.remove();
    });

    test.each<LockKind | null>([null, 'redis', 'postgres'])(
      'lose no trade, and store the final holdings at the newest prices; lock: %s',
      async (lock) => {
        const { revaluations, trades } = lock === 'postgres' ? part : full;
        const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `${lock}-${at}`);
        const dice = new Dice(seed);
        const starts = await Promise.all(ids.map((id) => repository.save(newPortfolio(id, dice))));
        processes.forEach((each, at) =>
          each.send({
            lock,
            ids,
            seed: seed + at + 1,
            revaluations,
            trades,
            lastTime: newest - ((at * 3) % PROCESSES),
          }),
        );
        const reports = (await answers()) as ShiftReport[];
        expect(reports.flatMap(({ errors }) => errors).join('\n')).toBe('');
        expect(reports.map(({ revalued }) => revalued)).toEqual(reports.map(() => revaluations));
        const accepted = reports.flatMap((report) => report.trades);
        expect(accepted.length).toBe(PROCESSES * trades);
        const conflicts = reports.reduce((sum, each) => sum + each.conflicts + each.editConflicts, 0);
        const leases = reports.flatMap((report) => report.leases);
        expect(disorder(leases)).toEqual([]);
        // Without a lock they must conflict, else nothing was shown. Leases prevent that while they last and are got in time.
        const lost = leases.filter(({ wasHeld }) => !wasHeld).length;
        const unlocked = reports.reduce((sum, each) => sum + each.lockFailures, 0);
        if (lock === null) expect(conflicts).toBeGreaterThan(0);
        else if (lost + unlocked === 0) expect(conflicts).toBe(0);

        const portfolios = new Map((await repository.loadMany(ids)).map((each) => [each.id, each]));
        for (const start of starts) {
          const own = accepted.filter(({ portfolioId }) => portfolioId === start.id);
          expect(holdingsOf(portfolios.get(start.id)!), start.id).toEqual(holdingsAfter(start, own));
        }

        for (const each of processes) each.send('revalue for the last time');
        await answers();
        const stored = new Map(
          (await repository.loadValuations(ids)).map((each) => [each.portfolioId, each]),
        );
        for (const id of ids)
          expect(figuresOf(stored.get(id)!)).toEqual(figuresAt(portfolios.get(id)!, newest));
        printFigure(
          `lock ${lock}: ${accepted.length} trades, ${PROCESSES * revaluations} revaluations, ${conflicts} conflicts, ${lost} of ${leases.length} leases lost, ${unlocked} pieces of work without a lease`,
        );
      },
    );
  },
);
