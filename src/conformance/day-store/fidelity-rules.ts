import { Decimal } from '../../core/money/decimal.js';
import { assertEqual } from '../assertions.js';
import type { DayStoreKit } from './day-store-kit.js';
import {
  assertCloses,
  assertResults,
  assertStoredCloses,
  assertStoredResults,
  sampleClose,
  sampleResult,
} from './sample-days.js';

const ODD_TEXTS = [
  '',
  'a',
  'A',
  'a ',
  ' a',
  'a\r\nb',
  'a\0b',
  'a\uD83D',
  "'; DROP TABLE closes; --",
  'a"b',
  'a\\b',
  '{a,b}',
  '%_',
  'null',
  'NULL',
  '__proto__',
  '0',
  'ä',
  'a\u0308',
  '上证指数',
  '📈',
  'x'.repeat(256),
];
const AMOUNTS = [
  '0',
  '0.000000000000000001',
  '-37.63',
  '0.1',
  '12345678901.123456789012345678',
  '99999999999999999999999999999',
  '9007199254740993',
  '-123456789012345678901234567890.1234567890123456789012345678901234567891',
];

export function fidelityRules(kit: DayStoreKit): void {
  kit.rule(
    'a close loads with all its fields, and without those that it does not have',
    async ({ store }) => {
      const accrued = Decimal.from('1.25');
      const given = [
        sampleClose('A', 1),
        sampleClose('B', 2, { currency: 'USD' }),
        sampleClose('C', 3, { accrued }),
        sampleClose('D', 4, { currency: 'GBp', accrued, source: 'official', closedAt: 1_767_733_200_001 }),
        sampleClose('E', 0, { accrued: Decimal.ZERO, closedAt: 0 }),
        sampleClose('F', -37.63, { closedAt: -1 }),
      ];
      assertCloses(await store.saveCloses(given), given, 'what saveCloses() returned');
      await assertStoredCloses(store, given);
    },
  );

  kit.rule('a result loads with all its fields; what is unknown is null, and not 0', async ({ store }) => {
    const given = [
      sampleResult('p', null, { calendar: 'A', currency: 'EUR' }),
      sampleResult('p', 0, { calendar: 'B', endedAt: 0, officialCloses: 1 }),
      sampleResult('p', -12.5, { calendar: 'C', endedAt: -1, officialCloses: 3_000_000_000 }),
    ];
    await store.saveResults(given);
    await assertStoredResults(store, 'p', given);
  });

  kit.rule('decimals are stored with all their digits', async ({ store }) => {
    const closes = AMOUNTS.map((amount, n) =>
      sampleClose(`S${n}`, amount, { accrued: Decimal.fromTotal(AMOUNTS.at(-1 - n)!) }),
    );
    const results = AMOUNTS.map((amount, n) => sampleResult('p', amount, { calendar: `C${n}` }));
    assertCloses(await store.saveCloses(closes), closes, 'what saveCloses() returned');
    await assertStoredCloses(store, closes);
    await store.saveResults(results);
    await assertStoredResults(store, 'p', results);
  });

  kit.rule('symbols and calendars of closes are any strings, character by character', async ({ store }) => {
    const bySymbol = ODD_TEXTS.map((symbol, n) => sampleClose(symbol, n + 1, { currency: symbol || 'USD' }));
    assertCloses(await store.saveCloses(bySymbol), bySymbol, 'what saveCloses() returned');
    await assertStoredCloses(store, bySymbol);
    const byCalendar = ODD_TEXTS.map((calendar, n) => sampleClose('A', n + 1, { calendar }));
    assertCloses(await store.saveCloses(byCalendar), byCalendar, 'what saveCloses() returned');
    for (const [n, calendar] of ODD_TEXTS.entries())
      await assertStoredCloses(store, [byCalendar[n]!], [calendar]);
    await assertStoredCloses(store, byCalendar, ODD_TEXTS);
  });

  kit.rule(
    'portfolios and calendars of results are any strings, character by character',
    async ({ store }) => {
      const given = ODD_TEXTS.map((text, n) =>
        sampleResult(text, n, { calendar: text, currency: text || 'USD' }),
      );
      await store.saveResults(given);
      for (const [n, portfolioId] of ODD_TEXTS.entries())
        assertResults(await store.loadResults(portfolioId), [given[n]!], 'loaded results');
      assertEqual(await store.loadResults('b'), [], 'results of an id that is part of others');
    },
  );
}
