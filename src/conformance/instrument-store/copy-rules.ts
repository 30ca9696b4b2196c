import { assertEqual } from '../assertions.js';
import type { InstrumentStoreKit } from './instrument-store-kit.js';
import { KINDS, assertInstruments, assertStored, sampleInstrument, symbolsOf } from './sample-instruments.js';

export function copyRules(kit: InstrumentStoreKit): void {
  kit.rule('changing an instrument after saveInstruments() does not change the stored one', async (h) => {
    const tags = { sector: 'Energy' };
    const given = { ...sampleInstrument('A'), multiplier: 2, tags };
    const set = [given];
    const saving = h.store.saveInstruments(set);
    set.length = 0;
    given.multiplier = 666;
    tags.sector = 'Wrong';
    await saving;
    tags.sector = 'Also wrong';
    await assertStored(h.store, [sampleInstrument('A', { multiplier: 2, tags: { sector: 'Energy' } })]);
  });

  kit.rule('changing a loaded instrument or list does not change what is stored', async ({ store }) => {
    await store.saveInstruments(KINDS);
    const loaded = await store.loadInstruments();
    // A frozen instrument rejects changes, which protects the store as well as a copy does.
    for (const each of loaded) {
      Reflect.set(each, 'symbol', 'wrong');
      Reflect.set(each.tags, 'sector', 'Wrong');
    }
    loaded.length = 0;
    await assertStored(store, KINDS);
  });

  kit.rule(
    'changing the list of symbols after loadInstruments() does not change what is loaded',
    async (h) => {
      await h.store.saveInstruments(KINDS);
      const symbols = [KINDS[0]!.symbol];
      const loading = h.store.loadInstruments(symbols);
      symbols[0] = KINDS[1]!.symbol;
      assertEqual(symbolsOf(await loading), [KINDS[0]!.symbol], 'symbols');
    },
  );

  kit.rule('an instrument that was loaded can be saved again, and is the same', async ({ store }) => {
    await store.saveInstruments(KINDS);
    await store.saveInstruments(await store.loadInstruments());
    await assertStored(store, KINDS);
    assertInstruments(await store.loadInstruments([KINDS[0]!.symbol]), [KINDS[0]!]);
  });
}
