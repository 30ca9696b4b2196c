import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { dayStoreConformance } from '../../../src/conformance/day-store/day-store-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import type { DayStore } from '../../../src/core/calendars/day-store.js';
import { RepositoryError, TickmarkError } from '../../../src/core/errors.js';
import { InMemoryDayStore } from '../../../src/memory/in-memory-day-store.js';
import { BROKEN_DAY_CLOSES } from '../broken-day-closes.js';
import { BROKEN_DAY_LOADS } from '../broken-day-loads.js';
import { BROKEN_DAY_RESULTS } from '../broken-day-results.js';
import { PlainDayStore } from '../plain-day-store.js';
import { runKit } from '../collecting-runner.js';

const kitOf = (Store: new () => DayStore) => (runner: TestRunner) =>
  dayStoreConformance(runner, { createHarness: () => ({ store: new Store() }) });

const PEERS = [
  'another store on the same data loads the closes',
  'another store on the same data loads the results',
];
const FAILING = 'a store that cannot work rejects with REPOSITORY_FAILED';

describe('the kit of day stores', () => {
  test.each([
    ['of the package', InMemoryDayStore],
    ['that broken ones are made of', PlainDayStore],
  ])('passes the good store %s, and shows what it cannot test as skipped', async (_, Store) => {
    const report = await runKit(kitOf(Store));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([...PEERS, FAILING]);
  });

  test.each([...BROKEN_DAY_CLOSES, ...BROKEN_DAY_RESULTS, ...BROKEN_DAY_LOADS])(
    'fails a store that %s',
    async (_, Store, rule) => {
      const report = await runKit(kitOf(Store), rule);
      expect([...report.failed.keys()]).toEqual([rule]);
      expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
    },
  );

  test('says which close differs, and how', async () => {
    const [, Reverses, rule] = BROKEN_DAY_CLOSES[0]!;
    const error = (await runKit(kitOf(Reverses), rule)).failed.get(rule);
    expect(error!.message).toBe('what saveCloses() returned [0] [symbol]: expected "C", got "B"');
  });

  test('fails a createHarness() that returns the same store twice', async () => {
    const store = new InMemoryDayStore();
    const register = (runner: TestRunner): void =>
      dayStoreConformance(runner, { createHarness: () => ({ store }) });
    const report = await runKit(register, 'createHarness() makes stores that share nothing');
    expect(report.failed.size).toBe(1);
  });
});

describe('the kit of day stores with a peer', () => {
  const ends = (isShared: boolean) => (runner: TestRunner) =>
    dayStoreConformance(runner, {
      createHarness: () => {
        const store = new InMemoryDayStore();
        return { store, peer: isShared ? store : new InMemoryDayStore() };
      },
      supports: { peer: true },
    });

  test.each(PEERS)('passes two stores on the same data: %s', async (rule) => {
    expect((await runKit(ends(true), rule)).passed).toEqual([rule]);
  });

  test.each(PEERS)('fails two stores that share nothing: %s', async (rule) => {
    expect([...(await runKit(ends(false), rule)).failed.keys()]).toEqual([rule]);
  });
});

describe('the kit of day stores with a store that cannot work', () => {
  const METHODS = ['saveCloses', 'loadCloses', 'saveResults', 'loadResults'] as const;
  const kit =
    (errors: Partial<Record<(typeof METHODS)[number], unknown>>) =>
    (runner: TestRunner): void => {
      const failing = new InMemoryDayStore();
      for (const name of METHODS) {
        const error = name in errors ? errors[name] : new RepositoryError('closed', { retryable: false });
        if (error !== null) Reflect.set(failing, name, () => Promise.reject(error as Error));
      }
      dayStoreConformance(runner, {
        createHarness: () => ({ store: new InMemoryDayStore(), failing }),
        supports: { failure: true },
      });
    };

  test('passes one that rejects each call', async () => {
    expect((await runKit(kit({}), FAILING)).passed).toEqual([FAILING]);
  });

  test.each(METHODS)('fails one whose %s() works, or rejects with another error', async (name) => {
    for (const error of [null, new Error('closed'), new TickmarkError('CLOSED', 'closed')])
      expect([...(await runKit(kit({ [name]: error }), FAILING)).failed.keys()]).toEqual([FAILING]);
  });
});
