import type { DayStore } from '../../core/calendars/day-store.js';
import { assert, assertEqual } from '../assertions.js';
import type { DayStoreHarness, DayStoreKit } from './day-store-kit.js';
import { assertCloses, officialClose, sampleClose, sampleResult } from './sample-days.js';

const WRITERS = 10;
const NAMES = Array.from({ length: 20 }, (_, n) => `N${n}`);

/** Calls of several writers, which begin at the same time. */
function atOnce<Result>(
  { store, peer = store }: DayStoreHarness,
  call: (store: DayStore, names: readonly string[], writer: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(
    Array.from({ length: WRITERS }, (_, writer) => {
      // In another order each, which must not make them wait for one another for ever.
      const names = writer % 2 === 0 ? NAMES : [...NAMES].reverse();
      return call(writer % 2 === 0 ? store : peer, names, writer);
    }),
  );
}

export function atOnceRules(kit: DayStoreKit): void {
  kit.rule(
    'of recorded closes that are saved at the same time one stays, and every writer gets it',
    async (h) => {
      const answers = await atOnce(h, (store, names, writer) =>
        store.saveCloses(names.map((name) => sampleClose(name, writer + 1))),
      );
      const stored = new Map(
        (await h.store.loadCloses(['X'], 1)).map((close) => [close.symbol, close] as const),
      );
      assertEqual([...stored.keys()].sort(), [...NAMES].sort(), 'symbols');
      for (const answer of answers)
        assertCloses(
          answer,
          answer.map(({ symbol }) => stored.get(symbol)!),
          'what saveCloses() returned, compared with what is stored',
        );
    },
  );

  kit.rule('an official close stays, whatever is recorded at the same time', async (h) => {
    const official = WRITERS - 1;
    const answers = await atOnce(h, (store, names, writer) =>
      store.saveCloses(
        names.map((name) => (writer === official ? officialClose : sampleClose)(name, writer + 1)),
      ),
    );
    const expected = [...NAMES].reverse().map((name) => officialClose(name, official + 1));
    assertCloses(answers[official]!, expected, 'what saveCloses() returned to who saved the official closes');
    const loaded = await h.store.loadCloses(['X'], 1);
    assertEqual(loaded.length, NAMES.length, 'number of closes');
    for (const { symbol, source } of loaded)
      assertEqual(source, 'official', `source of the close of ${symbol}`);
  });

  kit.rule(
    'of results that are saved at the same time the one with the most official closes stays',
    async (h) => {
      // The best one comes in the middle.
      const countOf = (writer: number): number => (writer * 7 + 3) % WRITERS;
      await atOnce(h, (store, names, writer) =>
        store.saveResults(
          names.map((name) => sampleResult(name, countOf(writer), { officialCloses: countOf(writer) })),
        ),
      );
      for (const name of NAMES) {
        const loaded = await h.store.loadResults(name);
        assertEqual(loaded.length, 1, `number of results of ${name}`);
        assertEqual(loaded[0]!.officialCloses, WRITERS - 1, `official closes of the result of ${name}`);
        assert(loaded[0]!.pnl?.equals(WRITERS - 1) === true, 'pnl and officialCloses are of one result');
      }
    },
  );
}
