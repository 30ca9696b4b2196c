import type { DayClose } from '../../core/calendars/day-store.js';
import { assertEqual } from '../assertions.js';
import type { DayStoreKit } from './day-store-kit.js';
import { DATES, assertStoredCloses, officialClose, sampleClose } from './sample-days.js';

// The calendar Y has other dates than X, and more symbols on some.
const CLOSES: readonly DayClose[] = [
  sampleClose('A', 1, { date: DATES[0] }),
  sampleClose('A', 2, { date: DATES[1] }),
  sampleClose('B', 3, { date: DATES[1] }),
  sampleClose('C', 4, { date: DATES[2] }),
  sampleClose('A', 5, { calendar: 'Y', date: DATES[1] }),
  sampleClose('A', 6, { calendar: 'Y', date: DATES[3] }),
  sampleClose('B', 7, { calendar: 'Y', date: DATES[3] }),
  sampleClose('A', 8, { calendar: 'Z', date: DATES[0] }),
];
const of = (calendar: string, ...dates: readonly string[]): DayClose[] =>
  CLOSES.filter((close) => close.calendar === calendar && dates.includes(close.date));

export function closeLoadingRules(kit: DayStoreKit): void {
  kit.rule('an empty store loads no closes', async ({ store }) => {
    await assertStoredCloses(store, [], ['X', 'Y']);
  });

  kit.rule('loadCloses() loads the closes of the newest date of each calendar', async ({ store }) => {
    await store.saveCloses(CLOSES);
    const newest = [...of('X', DATES[2]), ...of('Y', DATES[3]), ...of('Z', DATES[0])];
    await assertStoredCloses(store, newest, ['X', 'Y', 'Z'], 1);
  });

  kit.rule('loadCloses() loads as many dates of each calendar as are asked for', async ({ store }) => {
    await store.saveCloses(CLOSES);
    const two = [...of('X', DATES[1], DATES[2]), ...of('Y', DATES[1], DATES[3]), ...of('Z', DATES[0])];
    await assertStoredCloses(store, two, ['X', 'Y', 'Z'], 2);
    await assertStoredCloses(store, CLOSES, ['X', 'Y', 'Z'], 3);
    await assertStoredCloses(store, CLOSES, ['X', 'Y', 'Z'], 4);
  });

  kit.rule('the newest dates are those of the calendar, whenever they were stored', async ({ store }) => {
    for (const close of [...CLOSES].reverse()) await store.saveCloses([close]);
    // A close that comes late does not make its date a new one.
    await store.saveCloses([officialClose('A', 9, { date: DATES[0] })]);
    await assertStoredCloses(store, of('X', DATES[2]), ['X'], 1);
    await assertStoredCloses(store, of('X', DATES[1], DATES[2]), ['X'], 2);
  });

  kit.rule('loadCloses() loads the calendars of the list only, each once', async ({ store }) => {
    await store.saveCloses(CLOSES);
    await assertStoredCloses(store, of('Y', DATES[3]), ['Y', 'unknown', 'Y'], 1);
    assertEqual(await store.loadCloses([], 1), [], 'loadCloses() of no calendars');
    assertEqual(await store.loadCloses(['unknown'], 1), [], 'loadCloses() of an unknown calendar');
  });

  kit.ruleIf(!!kit.supports.peer, 'another store on the same data loads the closes', async (harness) => {
    const { store, peer } = harness as Required<typeof harness>;
    await store.saveCloses(CLOSES);
    await assertStoredCloses(peer, CLOSES, ['X', 'Y', 'Z']);
    const official = officialClose('C', 9, { date: DATES[2] });
    await peer.saveCloses([official]);
    await assertStoredCloses(store, [official], ['X'], 1);
  });
}
