import type { DayClose } from '../../core/calendars/day-store.js';
import { assertRejects } from '../assertions.js';
import type { DayStoreKit } from './day-store-kit.js';
import { DATES, assertStoredCloses, assertStoredResults, sampleClose, sampleResult } from './sample-days.js';

const BAD_DATES = ['', '2026-1-5', '20260105', '2026-02-30', '2026-13-01', '2026-01-05T00:00:00Z', 'today'];

export function failureRules(kit: DayStoreKit): void {
  kit.rule('loadCloses() rejects a number of dates that is no whole number from 1', async ({ store }) => {
    await store.saveCloses([sampleClose('A', 1)]);
    for (const dates of [0, -1, 1.5, NaN, Infinity])
      await assertRejects(
        store.loadCloses(['X'], dates),
        'INVALID_ARGUMENT',
        `loadCloses() of ${dates} dates`,
      );
  });

  kit.rule('loadResults() rejects what is no date', async ({ store }) => {
    await store.saveResults([sampleResult('p', 1)]);
    for (const date of BAD_DATES) {
      const what = `loadResults() of ${JSON.stringify(date)}`;
      await assertRejects(store.loadResults('p', { from: date }), 'INVALID_ARGUMENT', what);
      await assertRejects(store.loadResults('p', { from: DATES[0], to: date }), 'INVALID_ARGUMENT', what);
    }
  });

  kit.rule('a list with a bad close is rejected, and none of it is stored', async ({ store }) => {
    await store.saveCloses([sampleClose('A', 1)]);
    for (const bad of [
      ...BAD_DATES.map((date) => sampleClose('X', 1, { date })),
      sampleClose('X', 1, { closedAt: NaN }),
      sampleClose('X', 1, { closedAt: Infinity }),
      sampleClose('X', 1, { source: 'estimated' as DayClose['source'] }),
    ]) {
      const official = sampleClose('A', 2, { source: 'official' });
      const saving = store.saveCloses([official, sampleClose('B', 2), bad, sampleClose('Y', 3)]);
      await assertRejects(saving, 'INVALID_ARGUMENT', 'saveCloses()');
      await assertStoredCloses(store, [sampleClose('A', 1)]);
    }
  });

  kit.rule('a list with a bad result is rejected, and none of it is stored', async ({ store }) => {
    await store.saveResults([sampleResult('p', 1)]);
    for (const bad of [
      ...BAD_DATES.map((date) => sampleResult('p', 1, { date })),
      sampleResult('p', 1, { endedAt: NaN }),
      sampleResult('p', 1, { endedAt: -Infinity }),
      sampleResult('p', 1, { officialCloses: -1 }),
      sampleResult('p', 1, { officialCloses: 0.5 }),
    ]) {
      const saving = store.saveResults([sampleResult('p', 2), bad, sampleResult('p', 3, { calendar: 'Y' })]);
      await assertRejects(saving, 'INVALID_ARGUMENT', 'saveResults()');
      await assertStoredResults(store, 'p', [sampleResult('p', 1)]);
    }
  });

  kit.ruleIf(
    !!kit.supports.failure,
    'a store that cannot work rejects with REPOSITORY_FAILED',
    async (harness) => {
      const { failing } = harness as Required<typeof harness>;
      const code = 'REPOSITORY_FAILED';
      await assertRejects(failing.saveCloses([sampleClose('A', 1)]), code, 'saveCloses()');
      await assertRejects(failing.loadCloses(['X'], 1), code, 'loadCloses()');
      await assertRejects(failing.saveResults([sampleResult('p', 1)]), code, 'saveResults()');
      await assertRejects(failing.loadResults('p', { from: DATES[0] }), code, 'loadResults()');
    },
  );
}
