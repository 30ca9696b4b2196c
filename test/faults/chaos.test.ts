import { InMemoryEventBus } from 'tickmark';
import { HoldingsEditor, priceGrade, valuationGrade } from 'tickmark/parts';
import { describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { worker, type Worker } from '../servers/worker.js';
import { pause, until } from '../waiting.js';
import { openPlace } from './adapters.js';
import type { ChaosArguments, ChaosMessage, ChaosOrder, EngineSample } from './chaos-worker.js';
import { printFigure } from './figures.js';
import {
  SYMBOLS,
  figuresAt,
  figuresOf,
  holdingsAfter,
  holdingsOf,
  newPortfolio,
  priceAt,
  randomTrade,
  traded,
  type Trade,
} from './market.js';

const CHAOS_MS = sized({ quick: 3_000, gate: 8_000, full: 60_000 });
// A quiet machine needs less than 5 s, which is what is wanted at full size.
const AGREE_WITHIN_MS = sized({ quick: 60_000, full: 5_000 });
const ENGINES = sized({ quick: 2, gate: 3, full: 6 });
const PORTFOLIOS = 60;
const LEASE_MS = 1000;
const LOSS_RATE = 1 / 3;

type Member = Worker<ChaosOrder, ChaosMessage>;
type Kind = Pick<ChaosArguments, 'bus' | 'hasLock'>;

const kinds = sized<Kind[]>({
  quick: [{ bus: 'pub-sub', hasLock: true }],
  gate: [
    { bus: 'pub-sub', hasLock: true },
    { bus: 'streams', hasLock: false },
  ],
  full: [
    { bus: 'pub-sub', hasLock: true },
    { bus: 'pub-sub', hasLock: false },
    { bus: 'streams', hasLock: true },
    { bus: 'streams', hasLock: false },
  ],
});

const place = await openPlace();
const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `p${at}`);

describe.skipIf(!place)(
  `${ENGINES} engines and an ingest, killed and frozen for ${CHAOS_MS} ms, a third of all messages lost`,
  () => {
    test.each(kinds)(
      'soon agree with each other and with the store: bus $bus, lock $hasLock',
      async (kind) => {
        const { repository, parts, remove } = (await openPlace())!;
        const dice = new Dice(seed);
        const program = new URL('chaos-worker.ts', import.meta.url);
        const started = new Set<Member>();
        let count = 0;
        const start = async (role: 'ingest' | 'engine'): Promise<Member> => {
          const member: Member = worker(program, {
            ...parts,
            ...kind,
            role,
            leaseMs: LEASE_MS,
            lossRate: LOSS_RATE,
            seed: seed + ++count,
            ids,
          } satisfies ChaosArguments);
          started.add(member);
          expect(await member.next()).toBe('ready');
          return member;
        };
        const starts = ids.map((id) => newPortfolio(id, dice));
        for (const portfolio of starts) await repository.save(portfolio);
        const ingest = await start('ingest');
        const engines = await Promise.all(Array.from({ length: ENGINES }, () => start('engine')));

        // Trades whose news the bus never carries: engines have to find them.
        const editor = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
        const trades: Trade[] = [];
        const endsAt = performance.now() + CHAOS_MS;
        const trading = (async () => {
          while (performance.now() < endsAt) {
            const trade = randomTrade(dice.pick(ids), dice);
            await editor.update(trade.portfolioId, (portfolio) => traded(portfolio, trade));
            trades.push(trade);
            await pause(dice.between(5, 60));
          }
        })();
        let kills = 0;
        while (performance.now() < endsAt) {
          const at = dice.between(0, ENGINES - 1);
          const victim = engines[at]!;
          if (dice.chance(0.5)) {
            await victim.kill();
            kills++;
            engines[at] = await start('engine');
          } else {
            victim.pause();
            await pause(dice.between(100, 1500));
            victim.resume();
          }
        }
        await trading;
        for (const member of [ingest, ...engines]) {
          member.send('calm');
          expect(await member.next()).toBe('calm');
        }
        ingest.send('halt');
        const { lastTime } = (await ingest.next()) as { lastTime: number };
        const held = new Map((await repository.loadMany(ids)).map((each) => [each.id, each]));
        for (const first of starts) {
          const own = trades.filter(({ portfolioId }) => portfolioId === first.id);
          expect(holdingsOf(held.get(first.id)!)).toEqual(holdingsAfter(first.withVersion(1), own));
        }
        const expected = ids.map((id) => figuresAt(held.get(id)!, lastTime));
        const samples: EngineSample[] = [];
        const disagreement = async (): Promise<string | null> => {
          samples.length = 0;
          for (const [at, engine] of engines.entries()) {
            engine.send('sample');
            const sample = (await engine.next()) as EngineSample;
            samples.push(sample);
            const known = new Map(sample.values.map((each) => [each.id, each]));
            for (const { portfolioId: id, version, marketValue } of expected) {
              const value = known.get(id);
              if (value?.version !== version || value.marketValue !== marketValue || !value.isLive)
                return `engine ${at}, ${id}: ${JSON.stringify(value)}, expected ${version} ${marketValue}`;
            }
          }
          const stored = new Map(
            (await repository.loadValuations(ids)).map((each) => [each.portfolioId, each]),
          );
          for (const figures of expected) {
            const record = stored.get(figures.portfolioId);
            if (!record || JSON.stringify(figuresOf(record)) !== JSON.stringify(figures))
              return `stored: ${JSON.stringify(record && figuresOf(record))}, expected ${JSON.stringify(figures)}`;
            if (figures.priceTime > 0 && valuationGrade(record, Date.now()) !== 'live')
              return `stored grade of ${record.portfolioId}`;
          }
          for (const price of await repository.loadPrices()) {
            if (price.price.trimmed().toString() !== trimmed(priceAt(price.symbol, lastTime)))
              return `price of ${price.symbol}`;
            if (priceGrade(price, Date.now()) !== 'live') return `grade of ${price.symbol}`;
          }
          return (await repository.loadPrices()).length === SYMBOLS.length ? null : 'a price is missing';
        };
        let last: string | null = 'nothing was looked at';
        try {
          const agreedAfter = await until('all agree', async () => (last = await disagreement()) === null, {
            hungAfterMs: AGREE_WITHIN_MS,
          });
          printFigure(
            `${kind.bus}, lock ${kind.hasLock}: all agree ${Math.round(agreedAfter)} ms after the end; ${kills} kills, ${trades.length} trades, ` +
              `${sum(samples, 'lost')} messages lost, missed prices noticed ${sum(samples, 'missedPrices')} times, ` +
              `${sum(samples, 'discoveredHoldings')} changes of holdings found`,
          );
        } catch (cause) {
          throw new Error(`They do not agree: ${last}`, { cause });
        } finally {
          for (const member of started) await member.kill();
          await remove();
        }
        expect(kills).toBeGreaterThan(0);
      },
    );
  },
);

function trimmed(price: string): string {
  return String(Number(price));
}

function sum(samples: readonly EngineSample[], name: 'lost' | 'missedPrices' | 'discoveredHoldings'): number {
  return samples.reduce((total, sample) => total + sample[name], 0);
}
