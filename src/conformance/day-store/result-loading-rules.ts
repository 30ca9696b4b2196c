import type { DayRange, DayResult } from '../../core/calendars/day-store.js';
import { assertEqual } from '../assertions.js';
import type { DayStoreKit } from './day-store-kit.js';
import { DATES, assertResults, assertStoredResults, sampleResult } from './sample-days.js';

// By date, then in the order of the characters of the calendars, which is that of no dictionary.
const SORTED = DATES.flatMap((date) =>
  ['10', '2', 'X', 'XX', '_', 'a', 'é', '上证'].map((calendar, n) =>
    sampleResult('p', n, { date, calendar }),
  ),
);
const between = (from: string, to: string): DayResult[] =>
  SORTED.filter(({ date }) => date >= from && date <= to);

export function resultLoadingRules(kit: DayStoreKit): void {
  kit.rule('an empty store loads no results', async ({ store }) => {
    assertEqual(await store.loadResults('p'), [], 'loadResults() of an unknown portfolio');
  });

  kit.rule(
    'loadResults() loads by date, then by calendar, in whatever order they were saved',
    async ({ store }) => {
      await store.saveResults([...SORTED.slice(9), ...SORTED.slice(0, 4)]);
      await store.saveResults([...SORTED.slice(4, 9)].reverse());
      await assertStoredResults(store, 'p', SORTED);
    },
  );

  kit.rule('loadResults() loads the results of a range of dates, both inclusive', async ({ store }) => {
    await store.saveResults([...SORTED, sampleResult('q', 99, { date: DATES[1] })]);
    const ranges: ReadonlyArray<readonly [range: DayRange, expected: readonly DayResult[]]> = [
      [{}, SORTED],
      [{ from: DATES[1] }, between(DATES[1], DATES[3])],
      [{ to: DATES[2] }, between(DATES[0], DATES[2])],
      [{ from: DATES[1], to: DATES[2] }, between(DATES[1], DATES[2])],
      [{ from: DATES[3], to: DATES[3] }, between(DATES[3], DATES[3])],
      // No sessions.
      [{ from: '2026-01-01', to: '2026-01-04' }, between(DATES[1], DATES[1])],
      [{ from: '2026-01-03', to: '2026-01-04' }, []],
      [{ from: '2026-01-07' }, []],
      [{ to: '2025-12-30' }, []],
      [{ from: DATES[2], to: DATES[1] }, []],
    ];
    for (const [range, expected] of ranges) {
      const what = `results of ${range.from ?? 'the first'} to ${range.to ?? 'the last'}`;
      assertResults(await store.loadResults('p', range), expected, what);
    }
  });

  kit.rule('loadResults() loads several portfolios one after the other, each once', async ({ store }) => {
    const of = (id: string): DayResult[] => DATES.slice(0, 3).map((date, n) => sampleResult(id, n, { date }));
    await store.saveResults(['a', 'b', 'c', 'd'].flatMap(of));
    const ids = ['c', 'unknown', 'a', 'c', 'd'];
    assertResults(
      await store.loadResults(ids),
      ['c', 'a', 'd'].flatMap(of),
      'results of a list of portfolios',
    );
    const first = ['d', 'b'].map((id) => of(id)[0]!);
    assertResults(
      await store.loadResults(['d', 'b'], { to: DATES[0] }),
      first,
      'results of a range of dates',
    );
    assertEqual(await store.loadResults([]), [], 'results of no portfolios');
  });

  kit.ruleIf(!!kit.supports.peer, 'another store on the same data loads the results', async (harness) => {
    const { store, peer } = harness as Required<typeof harness>;
    await store.saveResults(SORTED);
    await assertStoredResults(peer, 'p', SORTED);
    const better = sampleResult('q', 7, { officialCloses: 3 });
    await peer.saveResults([better]);
    await store.saveResults([sampleResult('q', 8)]);
    await assertStoredResults(peer, 'q', [better]);
  });
}
