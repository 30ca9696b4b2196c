import { InMemoryEventBus } from 'tickmark';
import { HoldingsEditor, PortfolioValuationService } from 'tickmark/parts';
import { afterAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { worker, type Worker } from '../servers/worker.js';
import { pause } from '../waiting.js';
import { UNHURRIED_LOCK, openLock, openPlace, type LockKind, type OpenPlace } from './adapters.js';
import type { Task, TaskMessage } from './frozen-holder-worker.js';
import {
  figuresAt,
  figuresOf,
  holdingsAfter,
  holdingsOf,
  newPortfolio,
  pricesAt,
  randomTrade,
  traded,
} from './market.js';

const ROUNDS = sized({ quick: 4, gate: 8, full: 50 });
const AT_ONCE = sized({ quick: 2, gate: 4, full: 5 });
const TTL_MS = 400;
const PATIENT = { ttlMs: 600_000, waitMs: 600_000 };
const NOW = 1_800_000_000_000;

const place = await openPlace();
const program = new URL('frozen-holder-worker.ts', import.meta.url);

describe.skipIf(!place)(`a holder frozen for 1.5 × its lease before its write, ${ROUNDS} times`, () => {
  const { repository, parts } = place ?? ({} as OpenPlace);
  const holders: Array<Worker<Task | 'go', TaskMessage>> = [];

  afterAll(async () => {
    for (const each of holders) await each.kill();
    await place!.remove();
  });

  test.concurrent.each<LockKind>(['redis', 'postgres'])(
    'has its stale write refused and counted after another holder has written; lock: %s',
    async (kind) => {
      const lock = openLock(kind, parts, UNHURRIED_LOCK);
      let refused = 0;

      async function round(holder: Worker<Task | 'go', TaskMessage>, number: number): Promise<void> {
        const dice = new Dice(seed + number);
        const start = await repository.save(newPortfolio(`${kind}-${number}`, dice));
        const { id } = start;
        const key = `frozen-${id}`;
        const isTrade = number % 2 === 0;
        const stale = randomTrade(id, dice);
        const fresh = randomTrade(id, dice);
        holder.send({ key, ttlMs: TTL_MS, id, ...(isTrade ? { trade: stale } : { time: NOW }) });
        const gate = await holder.next();
        if (gate.state !== 'gate') throw new Error(`not at the gate but ${gate.state}`);
        holder.pause();
        const frozen = pause(1.5 * TTL_MS);

        await using lease = await lock.part.acquire(key, PATIENT);
        expect(lease.fencingToken).toBeGreaterThan(BigInt(gate.token));
        const editor = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
        const service = new PortfolioValuationService({ repository });
        // Every other value is refused for its version, every other for its prices.
        if (isTrade || number % 4 === 1) await editor.update(id, (portfolio) => traded(portfolio, fresh));
        await service.revaluatePortfolio(id, { updates: pricesAt(NOW + 1) });
        const written = (await repository.load(id))!;

        await frozen;
        holder.send('go');
        holder.resume();
        const done = await holder.next();
        if (done.state !== 'done') throw new Error(`not done but ${done.state}`);
        expect(done).toMatchObject({ heldAtWrite: false, lossTold: true });
        expect(done.refused).toBeGreaterThanOrEqual(1);
        refused++;
        const after = (await repository.load(id))!;
        const [valuation] = await repository.loadValuations([id]);
        if (isTrade) {
          // Refused first, it was made again on the holdings as they are: neither trade is lost.
          expect(holdingsOf(after)).toEqual(holdingsAfter(start, [fresh, stale]));
        } else {
          expect(done.outcome).toBe('outdated');
          expect(holdingsOf(after)).toEqual(holdingsOf(written));
        }
        expect(figuresOf(valuation!)).toEqual(figuresAt(written, NOW + 1));
      }

      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, lane) => {
          const holder = worker<Task | 'go', TaskMessage>(program, { ...parts, lock: kind });
          holders.push(holder);
          expect(await holder.next()).toEqual({ state: 'ready' });
          for (let number = lane; number < ROUNDS; number += AT_ONCE) await round(holder, number);
        }),
      );
      expect(refused).toBe(ROUNDS);
      await lock.close();
    },
  );
});
