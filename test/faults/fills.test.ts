import { afterAll, describe, expect, test } from 'vitest';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { Dice } from '../oracle/dice.js';
import { worker, type Worker } from '../servers/worker.js';
import { seed, sized } from '../sizes.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { newFills } from './broker.js';
import { printFigure } from './figures.js';
import type { FillsTask } from './fills-worker.js';

const PROCESSES = sized({ quick: 3, gate: 4, full: 8 });
const FILLS = sized({ quick: 100, gate: 250, full: 2000 });
const PORTFOLIOS = 40;
const LISTS_BETWEEN_KILLS = sized({ quick: 6, gate: 20, full: 20 });

const place = await openPlace();
const program = new URL('fills-worker.ts', import.meta.url);

describe.skipIf(!place)(`${PROCESSES} processes that book ${FILLS} fills each into shared portfolios`, () => {
  const { repository, parts } = place ?? ({} as OpenPlace);
  afterAll(() => place?.remove());

  test('book each fill once, whichever of them are killed: ledgers are those of the fills, and holdings those of the ledgers', async () => {
    const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `p${at}`);
    await repository.saveMany(ids.map((id) => Portfolio.create({ id, currency: 'USD' })));
    const dice = new Dice(seed);
    let kills = 0;

    const runToTheEnd = async (process: number): Promise<void> => {
      for (let from = 0; ;) {
        const task = { place: parts, seed, process, fills: FILLS, portfolios: PORTFOLIOS, from };
        const running: Worker<never, number> = worker(program, task satisfies FillsTask);
        const lists = dice.between(1, LISTS_BETWEEN_KILLS);
        let isDone = false;
        for (let heard = 0; heard < lists && !isDone; heard++) {
          // It ends without a further message when it has processed all.
          const next = await running.next().catch(() => null);
          if (next === null) isDone = true;
          else from = next;
        }
        if (isDone) return expect(await running.exited, running.stderr).toEqual({ code: 0, signal: null });
        // What it has processed and not said comes again.
        await running.kill();
        kills++;
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: PROCESSES }, (_, process) => runToTheEnd(process)));
    const seconds = (performance.now() - start) / 1000;

    const all = Array.from({ length: PROCESSES }, (_, process) =>
      newFills(seed, process, FILLS, PORTFOLIOS),
    ).flat();
    const stored = new Map((await repository.loadMany(ids)).map((portfolio) => [portfolio.id, portfolio]));
    for (const id of ids) {
      const entries = all.filter(({ account }) => account === id).map(({ entry }) => entry);
      const expected = Portfolio.replay({ id, currency: 'USD' }, entries);
      const portfolio = stored.get(id)!;
      expect(portfolio.entryCount, id).toBe(entries.length);
      const sorted = (each: Portfolio) => each.entries.map((entry) => JSON.stringify(entry)).sort();
      expect(sorted(portfolio)).toEqual(sorted(expected));
      expect(String(portfolio.cash.get('USD'))).toBe(String(expected.cash.get('USD')));
      const quantities = (each: Portfolio) =>
        each.positions.map(({ symbol, quantity }) => `${symbol} ${quantity}`).sort();
      expect(quantities(portfolio)).toEqual(quantities(expected));
    }
    expect(kills).toBeGreaterThan(0);
    printFigure(`${all.length} fills by ${PROCESSES} processes, ${kills} kills: ${seconds.toFixed(1)} s`);
  });
});
