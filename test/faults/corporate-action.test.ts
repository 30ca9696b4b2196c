import { MarkToMarketEngine } from 'tickmark/parts';
import { PORTFOLIOS_VALUED, PriceChangedBatch, type TickmarkError } from 'tickmark';
import { afterAll, describe, expect, test } from 'vitest';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { priceRecord } from '../../src/core/portfolio/price-record.js';
import { Dice } from '../oracle/dice.js';
import { worker, type Worker } from '../servers/worker.js';
import { seed, sized } from '../sizes.js';
import { until } from '../waiting.js';
import { openBus, openPlace, openStore, type OpenPlace } from './adapters.js';
import type { CorporateActionTask } from './corporate-action-worker.js';
import { printFigure } from './figures.js';

const HOLDERS = sized({ quick: 2_000, gate: 6_000, full: 50_000 });
const KILLS = sized({ quick: 1, gate: 2, full: 5 });
const UNITS = 10;
/** Prices of a unit of before the split lie between these. */
const [LOW, HIGH] = [190, 210];

const place = await openPlace();
const program = new URL('corporate-action-worker.ts', import.meta.url);

describe.skipIf(!place)(
  `a split over ${HOLDERS} holders, booked by a process that is killed ${KILLS} times`,
  () => {
    const { repository, parts } = place ?? ({} as OpenPlace);
    const bus = place && openBus(parts);
    const store = place && openStore(parts, 6);
    afterAll(async () => {
      await bus?.close();
      await store?.close();
      await place?.remove();
    });

    test('is in each ledger once, and no value that an engine publishes mixes units of before with a price of after', async () => {
      const at = Date.now() - 60_000;
      const ids = Array.from({ length: HOLDERS }, (_, number) => `p${number}`);
      const positions = [{ symbol: 'A', quantity: UNITS, averageCost: 150 }];
      await repository.saveMany(
        ids.map((id) => Portfolio.create({ id, currency: 'USD', positions, at: at - 1000 })),
      );
      await repository.savePrices([priceRecord({ symbol: 'A', price: 200, timestamp: at - 1 })]);
      const errors: TickmarkError[] = [];
      const engine = new MarkToMarketEngine({
        repository: store!.part,
        bus: bus!.part,
        onError: (error) => void errors.push(error),
      });
      await engine.start();
      const worths = new Map<number, number>();
      bus!.part.subscribe(PORTFOLIOS_VALUED, (batch) => {
        for (const { marketValue } of batch) {
          const worth = marketValue!.toNumber();
          worths.set(worth, (worths.get(worth) ?? 0) + 1);
        }
      });
      const dice = new Dice(seed);
      let arrival = Date.now() * 1000;
      // Prices from after the split come as soon as the first process may have stored it.
      const tick = async (): Promise<void> => {
        const price = dice.between(LOW * 50, HIGH * 50) / 100;
        const batch = PriceChangedBatch.ofUpdates(
          [{ symbol: 'A', price, timestamp: Date.now() }],
          Date.now(),
        );
        batch.prices.arrivals[0] = arrival += 1000;
        // The process of the engine is busy when it replaces all holders, and Redis waits no longer than a publish may take.
        await bus!.part.publish(batch).catch(() => undefined);
      };

      const task = { place: parts, at } satisfies CorporateActionTask;
      const start = performance.now();
      let kills = 0;
      for (let isDone = false; !isDone;) {
        const running: Worker<never, number> = worker(program, task);
        const sets = kills < KILLS ? dice.between(1, 3) : Infinity;
        for (let heard = 0; heard < sets && !isDone; heard++) {
          // It ends without a further message when it is done.
          isDone = (await running.next().catch(() => null)) === null;
          await tick();
        }
        if (isDone) expect(await running.exited, running.stderr).toEqual({ code: 0, signal: null });
        else {
          await running.kill();
          kills++;
        }
      }
      const seconds = (performance.now() - start) / 1000;

      await until('the engine has the last holder', () => engine.value(ids.at(-1)!)!.version === 2);
      expect(kills).toBeGreaterThan(0);
      for (const worth of worths.keys()) {
        expect(worth).toBeGreaterThanOrEqual(UNITS * LOW);
        expect(worth).toBeLessThanOrEqual(UNITS * HIGH);
      }
      expect(worths.size).toBeGreaterThan(0);
      for (let from = 0; from < HOLDERS; from += 2_000) {
        for (const portfolio of await repository.loadMany(ids.slice(from, from + 2_000))) {
          expect(portfolio.entries.map(({ type }) => type)).toEqual(['openingPosition', 'split']);
          expect(String(portfolio.position('A')!.quantity)).toBe(String(2 * UNITS));
          expect(portfolio.version).toBe(2);
        }
      }
      expect(await repository.corporateActions()).toMatchObject([{ isBooked: true }]);
      await engine.close();
      // A message with the values of all holders may take longer than a publish may; the engine sends newer ones then.
      const others = errors.filter(({ code }) => code !== 'BUS_FAILED');
      expect(others.map(({ message }) => message)).toEqual([]);
      const values = [...worths.values()].reduce((sum, count) => sum + count, 0);
      printFigure(
        `a split over ${HOLDERS} holders, ${kills} kills: ${seconds.toFixed(1)} s, ${values} values seen`,
      );
    });
  },
);
