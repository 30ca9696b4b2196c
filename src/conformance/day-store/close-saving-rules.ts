import { Decimal } from '../../core/money/decimal.js';
import { assert, assertEqual } from '../assertions.js';
import type { DayStoreKit } from './day-store-kit.js';
import { DATES, assertCloses, assertStoredCloses, officialClose, sampleClose } from './sample-days.js';

const MANY = 2_500;

export function closeSavingRules(kit: DayStoreKit): void {
  kit.factoryRule('createHarness() makes stores that share nothing', async (one, other) => {
    assert(one.store !== other.store, 'createHarness() gives a new store each time');
    await one.store.saveCloses([sampleClose('A', 1)]);
    await assertStoredCloses(other.store, []);
  });

  kit.rule('saveCloses() stores closes, and returns them in the order given', async ({ store }) => {
    const given = [sampleClose('C', 3), officialClose('A', 1), sampleClose('B', 2)];
    assertCloses(await store.saveCloses(given), given, 'what saveCloses() returned');
    await assertStoredCloses(store, given);
  });

  kit.rule('a recorded close stays once it is stored, and saveCloses() returns it', async ({ store }) => {
    const first = sampleClose('A', 1, { closedAt: 1_000, currency: 'USD', accrued: Decimal.from('0.5') });
    await store.saveCloses([first]);
    const [other, late] = [sampleClose('B', 3), sampleClose('A', 2, { closedAt: 2_000, currency: 'EUR' })];
    assertCloses(await store.saveCloses([other, late]), [other, first], 'what saveCloses() returned');
    await assertStoredCloses(store, [first, other]);
  });

  kit.rule('an official close replaces a recorded one, as a whole', async ({ store }) => {
    await store.saveCloses([sampleClose('A', 1, { currency: 'USD', accrued: Decimal.from('0.5') })]);
    const official = officialClose('A', 2, { closedAt: 2_000 });
    assertCloses(await store.saveCloses([official]), [official], 'what saveCloses() returned');
    await assertStoredCloses(store, [official]);
  });

  kit.rule('an official close replaces an earlier official one, also by a lower price', async ({ store }) => {
    await store.saveCloses([officialClose('A', 2, { closedAt: 2_000 })]);
    const corrected = officialClose('A', 1, { closedAt: 1_000 });
    assertCloses(await store.saveCloses([corrected]), [corrected], 'what saveCloses() returned');
    await assertStoredCloses(store, [corrected]);
  });

  kit.rule('a recorded close does not replace an official one', async ({ store }) => {
    const official = officialClose('A', 2);
    await store.saveCloses([official]);
    const late = sampleClose('A', 3, { closedAt: official.closedAt + 1 });
    assertCloses(await store.saveCloses([late]), [official], 'what saveCloses() returned');
    await assertStoredCloses(store, [official]);
  });

  kit.rule('each calendar, date and symbol has a close of its own', async ({ store }) => {
    const given = [
      sampleClose('A', 1),
      sampleClose('A', 2, { calendar: 'Y' }),
      sampleClose('A', 3, { date: DATES[0] }),
      sampleClose('B', 4),
      // Their names follow each other in the same way.
      sampleClose('B', 5, { calendar: 'XA' }),
      sampleClose('AB', 6),
    ];
    await store.saveCloses(given);
    await store.saveCloses([officialClose('A', 7)]);
    await assertStoredCloses(store, [officialClose('A', 7), ...given.slice(1)], ['X', 'Y', 'XA']);
  });

  kit.rule('closes of one symbol in a list are stored one after the other', async ({ store }) => {
    const given = [
      ...[sampleClose('A', 1), sampleClose('A', 2)],
      ...[sampleClose('B', 1), officialClose('B', 2), officialClose('B', 3), sampleClose('B', 4)],
    ];
    const [a, b] = [given[0]!, given[4]!];
    assertCloses(await store.saveCloses(given), [a, a, b, b, b, b], 'what saveCloses() returned');
    await assertStoredCloses(store, [a, b]);
  });

  kit.rule('saveCloses() of an empty list returns an empty list, and changes nothing', async ({ store }) => {
    assertEqual(await store.saveCloses([]), [], 'what saveCloses() returned');
    await store.saveCloses([sampleClose('A', 1)]);
    assertEqual(await store.saveCloses([]), [], 'what saveCloses() returned');
    await assertStoredCloses(store, [sampleClose('A', 1)]);
  });

  kit.rule('saveCloses() stores 2,500 closes in one call', async ({ store }) => {
    const given = Array.from({ length: MANY }, (_, n) => sampleClose(`S${n}`, n + 1));
    assertCloses(await store.saveCloses(given), given, 'what saveCloses() returned');
    await assertStoredCloses(store, given);
  });
}
