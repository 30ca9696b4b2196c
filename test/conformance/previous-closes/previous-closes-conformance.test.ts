import { describe, expect, test } from 'vitest';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { previousClosesConformance } from '../../../src/conformance/previous-closes/previous-closes-conformance.js';
import { NOW, SESSIONS } from '../../../src/conformance/previous-closes/sample-closes.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import type { PreviousClosesSource } from '../../../src/core/calendars/previous-closes.js';
import { BROKEN_PREVIOUS_CLOSES } from '../broken-previous-closes.js';
import { runKit } from '../collecting-runner.js';
import { PlainPreviousCloses } from '../plain-previous-closes.js';

const STALLED = 'a call that has to wait ends soon after it is aborted';
const FAILING = 'a source that cannot work rejects, and does not answer that it knows no close';

/** Registers the kit on a fake clock, so that a call that hangs ends at once. */
const kitOf = (Source: new () => PlainPreviousCloses) => (runner: TestRunner) =>
  previousClosesConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      const closes = new Source();
      const put = (given: Parameters<typeof closes.put>[0]) => closes.put(given);
      return { closes, put, stall: () => closes.stall(), advance: (ms) => clock.advance(ms) };
    },
    supports: { stall: true },
  });

describe('the kit of previous closes', () => {
  test('passes the good source that broken ones are made of', async () => {
    const report = await runKit(kitOf(PlainPreviousCloses));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([FAILING]);
  });

  test('passes a function, and shows what it cannot test as skipped', async () => {
    const report = await runKit((runner) =>
      previousClosesConformance(runner, {
        createHarness: () => {
          const source = new PlainPreviousCloses();
          const closes: PreviousClosesSource = (symbols, request) => source.load(symbols, request);
          return { closes, put: (given) => source.put(given) };
        },
      }),
    );
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([STALLED, FAILING]);
  });

  test.each(BROKEN_PREVIOUS_CLOSES)('fails a source that %s', async (_, Source, rule) => {
    const report = await runKit(kitOf(Source), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
    expect(report.failed.get(rule)).toBeInstanceOf(Error);
  });

  test('says which close differs, and how', async () => {
    const [, GivesTheLastStored, rule] = BROKEN_PREVIOUS_CLOSES.find(([fault]) => /stored last/.test(fault))!;
    const error = (await runKit(kitOf(GivesTheLastStored), rule)).failed.get(rule);
    expect(error).toBeInstanceOf(ConformanceError);
    expect(error!.message).toBe('closes [0] [price]: expected "231.5", got "230.25"');
  });

  test('fails a createHarness() that returns the same source twice', async () => {
    const closes = new PlainPreviousCloses();
    const register = (runner: TestRunner): void =>
      previousClosesConformance(runner, {
        createHarness: () => ({ closes, put: (given) => closes.put(given) }),
      });
    const report = await runKit(register, 'createHarness() makes sources that share nothing');
    expect(report.failed.size).toBe(1);
  });

  test('has times at which sessions of usEquities close', () => {
    const dates = SESSIONS.map((at) => usEquities.sessionOfClose(at)!);
    expect(dates.map(({ closesAt }) => closesAt)).toEqual(SESSIONS);
    expect(usEquities.previousSession(usEquities.sessionAt(NOW)!)!.closesAt).toBe(SESSIONS[2]);
  });
});

describe('the kit of previous closes with a source that cannot work', () => {
  const kit = (failing: PreviousClosesSource) => (runner: TestRunner) =>
    previousClosesConformance(runner, {
      createHarness: () => ({ closes: new PlainPreviousCloses(), put: () => undefined, failing }),
      supports: { failure: true },
    });

  test('passes one that rejects', async () => {
    const report = await runKit(
      kit(() => Promise.reject(new Error('closed'))),
      FAILING,
    );
    expect(report.passed).toEqual([FAILING]);
  });

  test('fails one that answers that it knows no close', async () => {
    const report = await runKit(
      kit(() => Promise.resolve([])),
      FAILING,
    );
    expect(report.failed.get(FAILING)).toBeInstanceOf(ConformanceError);
  });
});
