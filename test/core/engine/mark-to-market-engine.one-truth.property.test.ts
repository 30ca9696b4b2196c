import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sized } from '../../sizes.js';
import { IDS, OneTruthWorld, SYMBOLS } from './one-truth-world.js';

const numRuns = sized({ quick: 40, gate: 250, full: 100_000 });

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const push = fc.record({
  do: fc.constant('push' as const),
  symbol: fc.constantFrom(...SYMBOLS),
  price: fc.integer({ min: 1, max: 99 }),
  lag: fc.constantFrom(0, 0, 3, 60, 900, -400, -16_000),
  isReceived: fc.boolean(),
  sequence: optional(fc.integer({ min: 1, max: 4 })),
  currency: optional(fc.constantFrom('USD', 'EUR')),
  previousClose: optional(fc.integer({ min: 1, max: 99 })),
  isTwice: fc.boolean(),
});
const gap = fc.record({
  do: fc.constant('gap' as const),
  symbols: fc.subarray([...SYMBOLS], { minLength: 1 }),
});
const change = fc.record({
  do: fc.constant('change' as const),
  id: fc.constantFrom(...IDS),
  how: fc.constantFrom('buy', 'buy', 'deposit', 'delete', 'create') as fc.Arbitrary<
    'buy' | 'deposit' | 'delete' | 'create'
  >,
});
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 30, 250, 1000, 3500) });
const restart = fc.record({
  do: fc.constant('restart' as const),
  what: fc.constantFrom(0, 1, 'ingest') as fc.Arbitrary<0 | 1 | 'ingest'>,
  isKilled: fc.boolean(),
});
const step = fc.oneof(
  { weight: 10, arbitrary: push },
  { weight: 1, arbitrary: gap },
  { weight: 3, arbitrary: change },
  { weight: 6, arbitrary: wait },
  { weight: 1, arbitrary: restart },
);
const schedule = fc.record({
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
  seed: fc.nat(),
  hasLock: fc.boolean(),
  lossRate: fc.constantFrom(0, 0.1, 0.33),
  faultRate: fc.constantFrom(0, 0.15),
});

test('at rest the store, the bus and every engine have the values of the newest prices and holdings, whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ steps, ...options }) => {
      const world = new OneTruthWorld(options);
      await world.start();
      for (const each of steps) {
        if (each.do === 'push') {
          const now = world.clock.now();
          const { symbol, price, lag, isReceived, sequence, previousClose, isTwice } = each;
          const currency = symbol === 'EUR/USD' ? undefined : each.currency;
          const timeSource = isReceived ? ('received' as const) : ('venue' as const);
          const timestamp = isReceived ? now : now - lag;
          const update = {
            symbol,
            price,
            sequence,
            previousClose,
            currency,
            timestamp,
            timeSource,
            receivedAt: now,
          };
          for (let times = isTwice ? 2 : 1; times > 0; times--) world.push(update);
        } else if (each.do === 'gap') world.gap(each.symbols);
        else if (each.do === 'change') await world.change(each.id, each.how);
        else if (each.do === 'wait') await world.clock.advance(each.ms);
        else if (each.what === 'ingest') await world.startIngest();
        else await world.startEngine(each.what, each.isKilled);
      }
      expect(await world.differences()).toEqual([]);
      await world.close();
    }),
    { numRuns },
  );
});
