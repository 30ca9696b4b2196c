import type { RepositoryError } from 'tickmark';
import { HoldingsEditor, savePortfolios } from 'tickmark/parts';
import { afterAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { kafkaServer } from '../servers/kafka-broker.js';
import { worker, type Worker } from '../servers/worker.js';
import { seed, sized } from '../sizes.js';
import { pause, until } from '../waiting.js';
import { openPlace } from './adapters.js';
import { percentile, printFigure } from './figures.js';
import {
  figuresAt,
  figuresOf,
  holdingsAfter,
  holdingsOf,
  newPortfolio,
  randomTrade,
  traded,
  type Trade,
} from './market.js';
import { meanwhile } from './meanwhile.js';
import { PriceSource } from './price-source.js';
import { openStandbyBus } from './standby-bus.js';
import type { ShardsArgs, ShardsMessage } from './shards-worker.js';

const PORTFOLIOS = sized({ quick: 200, gate: 400, full: 20_000 });
const KILLS = sized({ quick: 1, gate: 2, full: 20 });
const FREEZES = sized({ quick: 1, gate: 1, full: 30 });
const TICK_MS = sized({ quick: 50, gate: 50, full: 6 });
const WORKERS = sized({ quick: 2, gate: 3, full: 4 });
// On a busy machine a worker that is held up for a second loses short leases, and loads its shards anew.
const LEASE_MS = sized({ quick: 1_500, gate: 4_000, full: 1_500 });
/** Of PostgreSQL: a row was locked for too long, and nothing is stored. */
const LOCK_TIMEOUT = '55P03';

type Member = Worker<'stop', ShardsMessage>;

const places = { redis: await openPlace(), postgres: await openPlace(), kafka: await openPlace() };
const kafka = places.kafka ? await kafkaServer() : null;
const WAYS = (['redis', 'postgres', 'kafka'] as const).filter((way) => way !== 'kafka' || kafka);
const program = new URL('shards-worker.ts', import.meta.url);

describe.skipIf(!places.redis || !places.postgres)('workers that share shards', () => {
  const members = new Set<Member>();

  afterAll(async () => {
    for (const each of members) await each.kill();
    await places.redis!.remove();
    await places.postgres!.remove();
    await places.kafka!.remove();
  });

  test.each(WAYS)(
    'store every value, none older than before, while they are killed, frozen, stopped and started; shared by %s',
    async (sharedBy) => {
      const { repository, parts } = places[sharedBy]!;
      const dice = new Dice(seed + sharedBy.length);
      const args: ShardsArgs = {
        ...parts,
        sharedBy,
        leaseMs: LEASE_MS,
        role: 'owner',
        shardCount: 64,
        broker: sharedBy === 'kafka' ? kafka!.broker : null,
      };
      const bus = openStandbyBus(args);
      const editor = new HoldingsEditor({ repository, bus: bus.part });
      const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `${sharedBy}-${at}`);
      const made = ids.map((id) => newPortfolio(id, dice));
      for (let at = 0; at < made.length; at += 1_000)
        await savePortfolios(repository, made.slice(at, at + 1_000));
      const start = new Map((await repository.loadMany(ids)).map((each) => [each.id, each]));
      const trades: Trade[] = [];

      const join = async (): Promise<Member> => {
        const member: Member = worker(program, args);
        members.add(member);
        expect(await member.next()).toMatchObject({ state: 'ready' });
        return member;
      };
      const leave = async (member: Member): Promise<ShardsMessage> => {
        member.send('stop');
        const last = await member.next();
        member.end();
        await member.exited;
        members.delete(member);
        return last;
      };

      const prices = new PriceSource(bus.part);
      const trade = async (): Promise<void> => {
        const made = randomTrade(dice.pick(ids), dice);
        // A worker that is frozen within a transaction keeps its rows locked until the store ends that: a trade is refused meanwhile.
        const isMade = (): Promise<boolean> =>
          editor
            .update(made.portfolioId, (held) => traded(held, made))
            .then(
              () => true,
              (error: RepositoryError) => {
                if ((error.cause as { code?: string } | undefined)?.code !== LOCK_TIMEOUT) throw error;
                return false;
              },
            );
        await until('the store takes a trade', isMade);
        trades.push(made);
      };
      /** The newest price time that was seen stored of each version of a portfolio. */
      const newest = new Map<string, { version: number; priceTime: number }>();
      const watch = async (): Promise<void> => {
        const some = PORTFOLIOS > 1_000 ? dice.some(ids, 500) : ids;
        for (const each of await repository.loadValuations(some)) {
          const before = newest.get(each.portfolioId);
          if (before?.version === each.version)
            expect(each.priceTime, each.portfolioId).toBeGreaterThanOrEqual(before.priceTime);
          newest.set(each.portfolioId, { version: each.version, priceTime: each.priceTime });
        }
      };
      /** How long it takes until all values are of prices from now on. */
      const allCurrent = async (): Promise<number> => {
        const now = Date.now();
        let old = ids;
        await until('all values are current', async () => {
          const current = new Set(
            (await repository.loadValuations(old))
              .filter(({ priceTime }) => priceTime > now)
              .map(({ portfolioId }) => portfolioId),
          );
          old = old.filter((id) => !current.has(id));
          return old.length === 0;
        });
        return Date.now() - now;
      };

      const team: Member[] = [];
      const takeovers: number[] = [];
      const activities = [
        { everyMs: TICK_MS, step: prices.tick },
        { everyMs: 40, step: trade },
        { everyMs: 100, step: watch },
      ];
      const handOver = await meanwhile(activities, async () => {
        for (let count = 0; count < WORKERS; count++) team.push(await join());
        await allCurrent();
        for (let kill = 0; kill < KILLS; kill++) {
          await pause(dice.between(0, 800));
          const victim = team.splice(dice.between(0, team.length - 1), 1)[0]!;
          await victim.kill();
          members.delete(victim);
          takeovers.push(await allCurrent());
          team.push(await join());
        }
        for (let freeze = 0; freeze < FREEZES; freeze++) {
          const frozen = dice.pick(team);
          frozen.pause();
          await allCurrent();
          frozen.resume();
          await pause(dice.between(0, 500));
        }
        await leave(team.shift()!);
        return allCurrent();
      });
      await prices.tick();

      let portfolios = await repository.loadMany(ids);
      const wrong = async (): Promise<unknown[]> => {
        portfolios = await repository.loadMany(ids);
        const stored = new Map(
          (await repository.loadValuations(ids)).map((each) => [each.portfolioId, figuresOf(each)]),
        );
        return portfolios.flatMap((portfolio) => {
          const expected = figuresAt(portfolio, prices.time);
          const found = stored.get(portfolio.id);
          return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ expected, found }];
        });
      };
      const stoppedAt = Date.now();
      await until(
        'every stored value is that of the newest prices',
        async () => (await wrong()).length === 0,
      );
      const caughtUp = Date.now() - stoppedAt;
      for (const portfolio of portfolios) {
        const own = trades.filter(({ portfolioId }) => portfolioId === portfolio.id);
        expect(holdingsOf(portfolio)).toEqual(holdingsAfter(start.get(portfolio.id)!, own));
      }
      for (const each of team) await leave(each);
      await bus.close();
      const how = sharedBy === 'kafka' ? 'a group of Kafka' : `leases in ${sharedBy} of ${LEASE_MS} ms`;
      printFigure(
        `${WORKERS} workers, ${PORTFOLIOS} portfolios, ${how}: all current again ` +
          `${percentile(takeovers, 50)} ms (median), ${Math.max(...takeovers)} ms (longest) after one of ${KILLS} kills; ` +
          `${handOver} ms after a planned stop; ` +
          `right ${caughtUp} ms after the last price; ${trades.length} trades, none lost`,
      );
    },
  );
});
