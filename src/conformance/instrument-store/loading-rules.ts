import { assertEqual } from '../assertions.js';
import type { InstrumentStoreKit } from './instrument-store-kit.js';
import { KINDS, assertInstruments, assertStored, sampleInstrument, symbolsOf } from './sample-instruments.js';

/** In the order of their characters, which is that of no dictionary. */
const SORTED = ['10Y', '2Y', 'A', 'AA', 'Z', '_', 'a', 'é', '上证'];

export function loadingRules(kit: InstrumentStoreKit): void {
  kit.rule('an empty store loads nothing', async ({ store }) => {
    await assertStored(store, []);
    assertEqual(await store.loadInstruments(['A']), [], 'loadInstruments() of an unknown symbol');
  });

  kit.rule('loadInstruments() loads all, by symbol, in whatever order they were saved', async ({ store }) => {
    const given = SORTED.map((symbol, n) => sampleInstrument(symbol, { multiplier: n + 1 }));
    await store.saveInstruments([...given.slice(4), given[0]!]);
    await store.saveInstruments([...given.slice(1, 4)].reverse());
    await assertStored(store, given);
    assertEqual(symbolsOf(await store.loadInstruments([...SORTED].reverse())), SORTED, 'symbols');
  });

  kit.rule('loadInstruments() of symbols loads those that are stored, each once, by symbol', async (h) => {
    await h.store.saveInstruments(KINDS);
    const [first, second] = [KINDS[0]!, KINDS[3]!];
    const loaded = await h.store.loadInstruments([second.symbol, 'unknown', first.symbol, second.symbol]);
    assertInstruments(loaded, [first, second]);
    assertEqual(await h.store.loadInstruments([]), [], 'loadInstruments() of no symbols');
  });

  kit.ruleIf(!!kit.supports.peer, 'another store on the same data loads what was saved', async (h) => {
    await h.store.saveInstruments(KINDS);
    await assertStored(h.peer!, KINDS);
    const changed = { ...KINDS[0]!, multiplier: 7 };
    await h.peer!.saveInstruments([changed]);
    assertInstruments(await h.store.loadInstruments([changed.symbol]), [changed]);
  });
}
