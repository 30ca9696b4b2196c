import type { PortfolioRepository } from 'tickmark';
import { loadPortfolios } from '../../src/core/portfolio/repository-calls.js';
import { afterAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { worker, type Worker } from '../servers/worker.js';
import { pause, until } from '../waiting.js';
import { openPlace, type LockKind } from './adapters.js';
import { percentile, printFigure } from './figures.js';
import type { HolderMessage } from './lease-holder-worker.js';
import { figuresAt, figuresOf, newPortfolio, priceAt } from './market.js';

const KILLS = sized({ quick: 2, gate: 5, full: 50 });
const PORTFOLIOS = 60;
const TTL_MS = 500;
// How long after the end of a lease the next holder has it. A quiet machine needs less than 250 ms.
const LATE_MS = 10_000;

type Holder = Worker<'wait' | 'stop', HolderMessage>;

// A store each: a writer values all portfolios of its store.
const places = { redis: await openPlace(), postgres: await openPlace() };
const program = new URL('lease-holder-worker.ts', import.meta.url);

describe.skipIf(!places.redis || !places.postgres)(
  `a writer that is killed, ${KILLS} times at random moments`,
  () => {
    const holders = new Set<Holder>();

    afterAll(async () => {
      for (const each of holders) await each.kill();
      await places.redis!.remove();
      await places.postgres!.remove();
    });

    /** Every value stored of the holdings as they are is the value of all prices of one moment; so is every price. */
    async function expectConsistent(
      repository: PortfolioRepository,
      ids: readonly string[],
    ): Promise<number> {
      // Values first: of holdings that a trade changes in between, they are of an earlier version and are passed over.
      const valuations = await repository.loadValuations(ids);
      const portfolios = new Map((await loadPortfolios(repository, ids)).map((each) => [each.id, each]));
      let current = 0;
      for (const each of valuations) {
        const portfolio = portfolios.get(each.portfolioId)!;
        expect(each.version).toBeLessThanOrEqual(portfolio.version);
        if (each.version !== portfolio.version) continue;
        current++;
        expect(figuresOf(each)).toEqual(figuresAt(portfolio, each.priceTime));
      }
      for (const { symbol, price, timestamp } of await repository.loadPrices())
        expect(Number(price.toString())).toBe(Number(priceAt(symbol, timestamp)));
      return current;
    }

    test.concurrent.each<LockKind>(['redis', 'postgres'])(
      'leaves only consistent values, and the next holder is granted the lease; lock: %s',
      async (lock) => {
        const { repository, parts } = places[lock]!;
        const dice = new Dice(seed + lock.length);
        const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `${lock}-${at}`);
        for (const id of ids) await repository.save(newPortfolio(id, dice));
        const key = `writer-${lock}`;
        let started = 0;
        const start = async () => {
          const args = { ...parts, lock, key, ttlMs: TTL_MS, ids, seed: seed + ++started };
          const holder: Holder = worker(program, args);
          holders.add(holder);
          expect(await holder.next()).toEqual({ state: 'ready' });
          return holder;
        };
        const granted = async (holder: Holder) => {
          const message = await holder.next();
          if (message.state !== 'holding') throw new Error(`not held but ${message.state}`);
          return message;
        };
        let holder = await start();
        holder.send('wait');
        let { token } = await granted(holder);
        const takeovers: number[] = [];
        // Values of the holdings as they are, found right after a kill or before.
        let current = 0;
        await until('a value is stored', async () => {
          current = await expectConsistent(repository, ids);
          return current > 0;
        });
        let starting = start();
        for (let kill = 0; kill < KILLS; kill++) {
          const standby = await starting;
          standby.send('wait');
          if (kill + 1 < KILLS) starting = start();
          await pause(dice.between(0, 400));
          const killedAt = Date.now();
          await holder.kill();
          holders.delete(holder);
          current += await expectConsistent(repository, ids);
          const grant = await granted(standby);
          expect(BigInt(grant.token)).toBeGreaterThan(BigInt(token));
          takeovers.push(grant.at - killedAt);
          token = grant.token;
          holder = standby;
        }
        // The last one ends in good order: everything stored is the value of the stored holdings at the stored prices.
        holder.send('stop');
        const last = await holder.next();
        if (last.state !== 'stopped') throw new Error(`not stopped but ${last.state}`);
        expect(await expectConsistent(repository, ids)).toBe(PORTFOLIOS);
        const prices = new Set((await repository.loadPrices()).map(({ timestamp }) => timestamp));
        expect(Math.max(...prices)).toBeGreaterThanOrEqual(last.lastTime);
        for (const { priceTime } of await repository.loadValuations(ids))
          expect(priceTime).toBe(last.lastTime);
        printFigure(
          `lock ${lock}: taken over after ${percentile(takeovers, 50)} ms (median), ${percentile(takeovers, 99)} ms (p99)`,
        );
        expect(Math.max(...takeovers)).toBeLessThanOrEqual(TTL_MS + LATE_MS);
      },
    );
  },
);
