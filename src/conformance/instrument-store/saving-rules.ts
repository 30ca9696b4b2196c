import { assert, assertEqual, assertRejects } from '../assertions.js';
import type { InstrumentStoreKit } from './instrument-store-kit.js';
import { KINDS, assertStored, sampleInstrument, symbolsOf } from './sample-instruments.js';

const MANY = 2_500;
const WRITERS = 10;

export function savingRules(kit: InstrumentStoreKit): void {
  kit.factoryRule('createHarness() makes stores that share nothing', async (one, other) => {
    assert(one.store !== other.store, 'createHarness() gives a new store each time');
    await one.store.saveInstruments([sampleInstrument('A')]);
    await assertStored(other.store, []);
  });

  kit.rule('an instrument replaces the one with its symbol, as a whole', async ({ store }) => {
    const first = sampleInstrument('A', {
      multiplier: 50,
      name: 'First',
      tags: { sector: 'Energy', desk: '1' },
    });
    const second = sampleInstrument('A', { currency: 'EUR', tags: { sector: 'Rates' } });
    await store.saveInstruments([first, sampleInstrument('B')]);
    await store.saveInstruments([second]);
    await assertStored(store, [second, sampleInstrument('B')]);
    await store.saveInstruments([first]);
    await assertStored(store, [first, sampleInstrument('B')]);
  });

  kit.rule('of two instruments of one symbol in a set, the last one is stored', async ({ store }) => {
    const [first, last] = [
      sampleInstrument('A', { multiplier: 2 }),
      sampleInstrument('A', { multiplier: 3 }),
    ];
    await store.saveInstruments([first, sampleInstrument('B'), last]);
    await assertStored(store, [last, sampleInstrument('B')]);
  });

  kit.rule('a set with a bad instrument is rejected, and none of it is stored', async ({ store }) => {
    await store.saveInstruments([sampleInstrument('A')]);
    for (const [code, bad] of [
      ['INVALID_ARGUMENT', sampleInstrument('X', { multiplier: 0 })],
      ['INVALID_ARGUMENT', sampleInstrument('')],
      ['INVALID_DECIMAL', sampleInstrument('X', { multiplier: 'many' })],
      ['UNKNOWN_CURRENCY', sampleInstrument('X', { currency: 'usd' })],
    ] as const) {
      const set = [sampleInstrument('A', { multiplier: 7 }), bad, sampleInstrument('Y')];
      await assertRejects(store.saveInstruments(set), code, 'saveInstruments()');
      await assertStored(store, [sampleInstrument('A')]);
    }
  });

  kit.rule('saveInstruments() of an empty list changes nothing', async ({ store }) => {
    await store.saveInstruments(KINDS);
    await store.saveInstruments([]);
    await assertStored(store, KINDS);
  });

  kit.rule('saveInstruments() stores 2,500 instruments in one call', async ({ store }) => {
    const set = Array.from({ length: MANY }, (_, n) =>
      sampleInstrument(`S${String(n).padStart(4, '0')}`, { multiplier: n + 1 }),
    );
    await store.saveInstruments(set);
    await assertStored(store, set);
  });

  kit.rule('of sets that are saved at the same time, one is stored as a whole', async ({ store, peer }) => {
    const symbols = Array.from({ length: 20 }, (_, n) => `S${n}`);
    const stores = [store, peer ?? store];
    await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => {
        // In another order each, which must not make them wait for one another for ever.
        const order = writer % 2 === 0 ? symbols : [...symbols].reverse();
        const set = order.map((symbol) => sampleInstrument(symbol, { multiplier: writer + 1 }));
        return stores[writer % 2]!.saveInstruments(set);
      }),
    );
    const loaded = await store.loadInstruments();
    assertEqual(symbolsOf(loaded), [...symbols].sort(), 'symbols');
    const writers = new Set(loaded.map(({ multiplier }) => multiplier.toString()));
    assertEqual(writers.size, 1, 'number of sets that the stored instruments are from');
  });
}
