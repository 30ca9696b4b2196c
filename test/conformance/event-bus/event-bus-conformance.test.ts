import { describe, expect, test } from 'vitest';
import { eventBusConformance } from '../../../src/conformance/event-bus/event-bus-conformance.js';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { BROKEN_BUSES } from '../broken-event-buses.js';
import { runKit } from '../collecting-runner.js';
import { RemoteEventBus, RemoteBroker } from '../remote-event-bus.js';

const MAX_BACKLOG = 50;

const kitOf = (Bus: typeof InMemoryEventBus) => (runner: TestRunner) =>
  eventBusConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      return {
        bus: new Bus({ clock, maxBacklog: MAX_BACKLOG }),
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending,
      };
    },
    supports: { conflation: true, maxBacklog: MAX_BACKLOG },
    timing: { timeoutMs: 200 },
  });

describe('the event bus kit', () => {
  test('passes a good bus, and shows the rules for other capabilities as skipped', async () => {
    const report = await runKit(kitOf(InMemoryEventBus));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toHaveLength(4);
  });

  test.each(BROKEN_BUSES)('fails %o by the rule "%s"', async (Bus, rule) => {
    const report = await runKit(kitOf(Bus), rule);
    expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
  });
});

describe('the event bus kit with buses across a link', () => {
  const remote = (faults: ConstructorParameters<typeof RemoteEventBus>[2] = {}) => {
    return (runner: TestRunner) =>
      eventBusConformance(runner, {
        createHarness: () => {
          const clock = new FakeClock();
          const broker = new RemoteBroker(clock);
          const bus = new RemoteEventBus(broker, clock, faults);
          const peer = new RemoteEventBus(broker, clock, faults);
          return {
            bus,
            peer,
            link: { break: () => bus.breakLink(), restore: () => bus.restoreLink() },
            advance: (ms) => clock.advance(ms),
            dispose: async () => {
              await Promise.all([bus.close({ timeoutMs: 0 }), peer.close({ timeoutMs: 0 })]);
            },
          };
        },
        supports: { peer: true, link: true },
        timing: { timeoutMs: 400 },
      });
  };

  test.each([
    ['at-most-once', 3],
    // It emits no gap event after a broken link, because it delivers the events again.
    ['at-least-once', 4],
  ] as const)('passes a good bus with %s delivery', async (delivery, skipped) => {
    const report = await runKit(remote({ delivery }));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toHaveLength(skipped);
  });

  test('passes a bus that emits no gap event, because it delivers what came while the link was broken', async () => {
    const report = await runKit(remote({ hidesBreaks: true, catchesUp: true }));
    expect(Object.fromEntries(report.failed)).toEqual({});
  });

  test.each([
    [
      { hidesBreaks: true },
      'an at-most-once bus emits a gap event before the events that follow a broken link, or loses none',
    ],
    [
      { queuesWhileBroken: true },
      'publish() over a broken link rejects with BUS_FAILED and delivers nothing',
    ],
    [{ forgetsSubscriptions: true }, 'subscriptions survive a broken link'],
    [{ isLocal: true }, 'an event reaches subscriptions at other ends of the bus'],
  ])('fails a bus with %o by the rule "%s"', async (fault, rule) => {
    const report = await runKit(remote(fault), rule);
    expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
  });
});
