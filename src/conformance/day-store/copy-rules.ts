import { Decimal } from '../../core/money/decimal.js';
import type { DayStoreKit } from './day-store-kit.js';
import {
  DATES,
  assertCloses,
  assertResults,
  assertStoredCloses,
  assertStoredResults,
  sampleClose,
  sampleResult,
} from './sample-days.js';

export function copyRules(kit: DayStoreKit): void {
  kit.rule(
    'changing a close or the list after saveCloses() does not change what is stored',
    async ({ store }) => {
      const given = { ...sampleClose('A', 1) };
      const list = [given];
      const saving = store.saveCloses(list);
      list.length = 0;
      Object.assign(given, { price: Decimal.from(666), symbol: 'wrong' });
      assertCloses(await saving, [sampleClose('A', 1)], 'what saveCloses() returned');
      given.price = Decimal.from(667);
      await assertStoredCloses(store, [sampleClose('A', 1)]);
    },
  );

  kit.rule('changing a returned or loaded close does not change what is stored', async ({ store }) => {
    const given = [sampleClose('A', 1), sampleClose('A', 2)];
    const [first, second] = await store.saveCloses(given);
    const loaded = await store.loadCloses(['X'], 1);
    // A frozen close rejects changes, which protects the store as well as a copy does.
    for (const each of [first!, loaded[0]!]) Reflect.set(each, 'price', Decimal.from(666));
    loaded.length = 0;
    if (first !== second) assertCloses([second!], [sampleClose('A', 1)], 'the other close that was returned');
    await assertStoredCloses(store, [sampleClose('A', 1)]);
  });

  kit.rule('changing the list of calendars after loadCloses() does not change what is loaded', async (h) => {
    await h.store.saveCloses([sampleClose('A', 1), sampleClose('A', 2, { calendar: 'Y' })]);
    const calendars = ['X'];
    const loading = h.store.loadCloses(calendars, 1);
    calendars[0] = 'Y';
    assertCloses(await loading, [sampleClose('A', 1)], 'loaded closes');
  });

  kit.rule('changing a result or the list after saveResults() does not change what is stored', async (h) => {
    const given = { ...sampleResult('p', 1) };
    const list = [given];
    const saving = h.store.saveResults(list);
    list.length = 0;
    given.pnl = Decimal.from(666);
    await saving;
    given.pnl = Decimal.from(667);
    await assertStoredResults(h.store, 'p', [sampleResult('p', 1)]);
  });

  kit.rule('changing a loaded result does not change what is stored', async ({ store }) => {
    await store.saveResults([sampleResult('p', 1)]);
    const loaded = await store.loadResults('p');
    Reflect.set(loaded[0]!, 'pnl', Decimal.from(666));
    loaded.length = 0;
    await assertStoredResults(store, 'p', [sampleResult('p', 1)]);
  });

  kit.rule('changing the range after loadResults() does not change what is loaded', async ({ store }) => {
    const [early, late] = [sampleResult('p', 1, { date: DATES[0] }), sampleResult('p', 2)];
    await store.saveResults([early, late]);
    const range = { from: DATES[0] as string, to: DATES[0] as string };
    const loading = store.loadResults('p', range);
    Object.assign(range, { from: DATES[3], to: DATES[3] });
    assertResults(await loading, [early], 'loaded results');
  });
}
