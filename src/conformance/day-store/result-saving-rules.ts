import type { DayStoreKit } from './day-store-kit.js';
import { DATES, assertStoredResults, sampleResult } from './sample-days.js';

const MANY = 2_500;

export function resultSavingRules(kit: DayStoreKit): void {
  kit.rule('each portfolio, date and calendar has a result of its own', async ({ store }) => {
    const given = [
      sampleResult('p', 1, { date: DATES[0] }),
      sampleResult('p', 2, { calendar: 'X' }),
      sampleResult('p', 3, { calendar: 'Xp' }),
      sampleResult('p', 4, { calendar: 'cash' }),
    ];
    // Their names follow each other in the same way.
    const others = [sampleResult('pp', 5), sampleResult('q', 6)];
    await store.saveResults([...given, ...others]);
    await assertStoredResults(store, 'p', given);
    await assertStoredResults(store, 'pp', [others[0]!]);
    await assertStoredResults(store, 'q', [others[1]!]);
  });

  kit.rule('a result with more official closes replaces the stored one, as a whole', async ({ store }) => {
    await store.saveResults([sampleResult('p', 1, { officialCloses: 9 }), sampleResult('q', 2)]);
    const better = sampleResult('p', null, { officialCloses: 10, currency: 'EUR', endedAt: 1_000 });
    await store.saveResults([better]);
    await assertStoredResults(store, 'p', [better]);
    await assertStoredResults(store, 'q', [sampleResult('q', 2)]);
  });

  kit.rule('a result with as many official closes replaces the stored one', async ({ store }) => {
    for (const officialCloses of [0, 5])
      for (const pnl of [2, 1, null]) {
        const again = sampleResult('p', pnl, { officialCloses });
        await store.saveResults([again]);
        await assertStoredResults(store, 'p', [again]);
      }
  });

  kit.rule(
    'a result with fewer official closes is ignored, and the others of its list are stored',
    async (h) => {
      const best = sampleResult('p', 1, { officialCloses: 10 });
      await h.store.saveResults([best]);
      const fewer = sampleResult('p', 2, { officialCloses: 9, endedAt: best.endedAt + 1 });
      await h.store.saveResults([sampleResult('o', 3), fewer, sampleResult('q', 4)]);
      await assertStoredResults(h.store, 'o', [sampleResult('o', 3)]);
      await assertStoredResults(h.store, 'p', [best]);
      await assertStoredResults(h.store, 'q', [sampleResult('q', 4)]);
    },
  );

  kit.rule('results of one day in a list are stored one after the other', async ({ store }) => {
    const [first, best, last, late] = [1, 2, 2, 0].map((officialCloses, n) =>
      sampleResult('p', n, { officialCloses }),
    );
    await store.saveResults([first!, best!, last!, late!]);
    await assertStoredResults(store, 'p', [last!]);
  });

  kit.rule('saveResults() of an empty list changes nothing', async ({ store }) => {
    await store.saveResults([sampleResult('p', 1)]);
    await store.saveResults([]);
    await assertStoredResults(store, 'p', [sampleResult('p', 1)]);
  });

  kit.rule('saveResults() stores 2,500 results in one call', async ({ store }) => {
    const given = Array.from({ length: MANY }, (_, n) =>
      sampleResult(`p${n % 2}`, n, { calendar: `C${String(n).padStart(4, '0')}` }),
    );
    await store.saveResults(given);
    await assertStoredResults(
      store,
      'p0',
      given.filter((_, n) => n % 2 === 0),
    );
    await assertStoredResults(
      store,
      'p1',
      given.filter((_, n) => n % 2 === 1),
    );
  });
}
