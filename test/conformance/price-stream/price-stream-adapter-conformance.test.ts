import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { priceStreamAdapterConformance } from '../../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { MockPriceStreamAdapter } from '../../../src/mock/mock-price-stream-adapter.js';
import { BROKEN_STREAMS } from '../broken-streams.js';
import { runKit } from '../collecting-runner.js';
import { ScriptedStream, scriptedHarness } from '../scripted-stream.js';

const kitOf = (Stream: typeof ScriptedStream) => (runner: TestRunner) =>
  priceStreamAdapterConformance(runner, {
    createHarness: () => scriptedHarness(Stream),
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
    symbols: ['BTC-USD', 'ETH-USD', 'AAPL', 'VOD.L'],
    timing: { timeoutMs: 500 },
  });

describe('the price stream kit', () => {
  test('passes a good adapter, and skips no rule', async () => {
    const report = await runKit(kitOf(ScriptedStream));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([]);
  });

  test('passes the mock adapter', async () => {
    const report = await runKit((runner) =>
      priceStreamAdapterConformance(runner, {
        createHarness: () => {
          const clock = new FakeClock();
          const adapter = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
          return {
            adapter,
            venue: { send: (update) => adapter.emit(update) },
            advance: (ms) => clock.advance(ms),
            pending: () => clock.pending,
          };
        },
      }),
    );
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toHaveLength(9);
  });

  test.each(BROKEN_STREAMS)('fails an adapter that %s', async (_, Stream, rule) => {
    const report = await runKit(kitOf(Stream), rule);
    expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
  });
});
