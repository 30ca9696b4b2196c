import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { instrumentStoreConformance } from '../../../src/conformance/instrument-store/instrument-store-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import type { InstrumentStore } from '../../../src/core/instruments/instrument-store.js';
import { InMemoryInstrumentStore } from '../../../src/memory/in-memory-instrument-store.js';
import { BROKEN_INSTRUMENT_STORES } from '../broken-instrument-stores.js';
import { runKit } from '../collecting-runner.js';

const kitOf = (Store: new () => InstrumentStore) => (runner: TestRunner) =>
  instrumentStoreConformance(runner, { createHarness: () => ({ store: new Store() }) });

const PEER = 'another store on the same data loads what was saved';

describe('the kit of instrument stores', () => {
  test('passes a good store, and shows the rule for peers as skipped', async () => {
    const report = await runKit(kitOf(InMemoryInstrumentStore));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([PEER]);
  });

  test.each(BROKEN_INSTRUMENT_STORES)('fails a store that %s', async (_, Store, rule) => {
    const report = await runKit(kitOf(Store), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
  });

  test('says which instrument differs, and how', async () => {
    const [, LosesATag] = BROKEN_INSTRUMENT_STORES[0]!;
    const rule = 'an instrument of each kind loads with all its fields';
    const error = (await runKit(kitOf(LosesATag), rule)).failed.get(rule);
    expect(error).toBeInstanceOf(ConformanceError);
    expect(error!.message).toBe(
      'stored instruments [6] [tags]: expected {"sector":"Agriculture","desk":"Grains"}, got {"sector":"Agriculture"}',
    );
  });

  test('fails a createHarness() that returns the same store twice', async () => {
    const store = new InMemoryInstrumentStore();
    const register = (runner: TestRunner): void =>
      instrumentStoreConformance(runner, { createHarness: () => ({ store }) });
    const report = await runKit(register, 'createHarness() makes stores that share nothing');
    expect(report.failed.size).toBe(1);
  });
});

describe('the kit of instrument stores with a peer', () => {
  const ends = (isShared: boolean) => (runner: TestRunner) =>
    instrumentStoreConformance(runner, {
      createHarness: () => {
        const store = new InMemoryInstrumentStore();
        return { store, peer: isShared ? store : new InMemoryInstrumentStore() };
      },
      supports: { peer: true },
    });

  test('passes two stores on the same data', async () => {
    expect((await runKit(ends(true), PEER)).passed).toEqual([PEER]);
  });

  test('fails two stores that share nothing', async () => {
    expect([...(await runKit(ends(false), PEER)).failed.keys()]).toEqual([PEER]);
  });
});
