import { expect, test } from 'vitest';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { Dice } from '../oracle/dice.js';
import { INSTALLED, newSqliteFile, openSqlite } from '../servers/sqlite.js';
import { worker, type Worker } from '../servers/worker.js';
import { seed, sized } from '../sizes.js';
import { eachDriver } from './stores.js';
import type { TradesTask } from './trades-worker.js';

const PROCESSES = ['a', 'b', 'c'];
const PORTFOLIOS = ['family', 'pension'];
const TRADES = sized({ quick: 40, gate: 150, full: 2_000 });
const MOST_BETWEEN_KILLS = sized({ quick: 30, full: 60 });

eachDriver('processes that share a file of SQLite', (driver) => {
  test('enter each trade once, whichever of them are killed', async () => {
    const file = newSqliteFile();
    const dice = new Dice(seed);
    const start = (name: string, from: number): Worker<never, number> =>
      worker(new URL('trades-worker.ts', import.meta.url), {
        driver,
        installed: INSTALLED,
        file,
        name,
        portfolios: PORTFOLIOS,
        from,
        to: TRADES,
      } satisfies TradesTask);
    let kills = 0;

    const runToTheEnd = async (name: string, killsAfter: readonly number[]): Promise<void> => {
      let next = 0;
      // All create the tables at the same time.
      for (const count of [...killsAfter, Infinity]) {
        const process = start(name, next);
        for (let heard = 0; next < TRADES && heard < count; heard++) next = (await process.next()) + 1;
        if (next >= TRADES) return expect(await process.exited).toEqual({ code: 0, signal: null });
        await process.kill();
        kills++;
      }
    };
    const plans = PROCESSES.map(() => {
      const plan: number[] = [];
      for (let at = 0; at < TRADES; at += plan.at(-1)!) plan.push(dice.between(1, MOST_BETWEEN_KILLS));
      return plan;
    });
    await Promise.all(PROCESSES.map((name, index) => runToTheEnd(name, plans[index]!)));

    const database = openSqlite(driver, file);
    const repository = new SqlitePortfolioRepository(database);
    const loads = PORTFOLIOS.map((id) => repository.load(id, { ledger: 'whole' }));
    const stored = (await Promise.all(loads)).map((portfolio) => portfolio!);
    const ids = stored.flatMap(({ entries }) => entries.map(({ id }) => id));
    const expected = PROCESSES.flatMap((name) => Array.from({ length: TRADES }, (_, n) => `${name}-${n}`));
    expect(ids.sort()).toEqual(expected.sort());
    for (const { version, entryCount, positions } of stored) {
      // One save for each trade: none was overwritten.
      expect(version).toBe(entryCount);
      expect(positions.map(({ quantity }) => quantity.toString())).toEqual([String(entryCount)]);
    }
    expect(database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
    database.close();
    expect(kills).toBeGreaterThan(0);
  });
});
