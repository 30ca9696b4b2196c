import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InMemoryEventBus, type DomainEvent } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { BusProbe } from '../../../src/gateway/feeds/bus-probe.js';

/** A bus that loses messages, throws or hangs when the test says so. */
class FaultyBus extends InMemoryEventBus {
  fault: 'none' | 'deaf' | 'throws' | 'rejects' | 'hangs' = 'none';
  published = 0;

  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    this.published++;
    if (this.fault === 'deaf') return Promise.resolve();
    if (this.fault === 'throws') throw new Error('down');
    if (this.fault === 'rejects') return Promise.reject(new Error('down'));
    if (this.fault === 'hangs') return new Promise(() => undefined);
    return super.publish(events);
  }
}

let clock: FakeClock;
let bus: FaultyBus;
let probe: BusProbe | undefined;
let changes: boolean[];
const start = async (intervalMs = 1000, epoch = 'a') => {
  probe = new BusProbe({ bus, epoch, clock, intervalMs, onChange: (delivers) => changes.push(delivers) });
  await clock.settle();
  return probe;
};
beforeEach(() => {
  clock = new FakeClock();
  bus = new FaultyBus({ clock });
  changes = [];
});
afterEach(async () => {
  probe?.stop();
  expect(bus.stats().subscriptions).toBe(0);
  await bus.close();
  await clock.advance(2000);
  expect(clock.pending).toBe(0);
});

describe('a bus', () => {
  test('counts as delivering once the first probe has arrived, and not before', async () => {
    bus.fault = 'deaf';
    const { delivers } = await start();
    expect(delivers).toBe(false);
    bus.fault = 'none';
    await clock.advance(999);
    expect(changes).toEqual([]);
    await clock.advance(1);
    expect(changes).toEqual([true]);
    expect(probe!.delivers).toBe(true);
  });

  test.each(['deaf', 'throws', 'rejects', 'hangs'] as const)(
    'that %s counts as not delivering after five intervals without an answer, and as delivering with the next answer',
    async (fault) => {
      await start();
      expect(changes).toEqual([true]);
      await clock.advance(60_000);
      expect(changes).toEqual([true]);
      bus.fault = fault;
      // The last answer was to the probe of this moment.
      await clock.advance(4999);
      expect(changes).toEqual([true]);
      await clock.advance(1);
      expect(changes).toEqual([true, false]);
      await clock.advance(60_000);
      expect(changes).toEqual([true, false]);
      bus.fault = 'none';
      // A probe that hangs is abandoned after five intervals.
      await clock.advance(fault === 'hangs' ? 5000 : 1000);
      expect(changes).toEqual([true, false, true]);
    },
  );

  test('that loses three probes in a row still counts as delivering', async () => {
    await start();
    for (let time = 0; time < 10; time++) {
      bus.fault = 'deaf';
      await clock.advance(3000);
      bus.fault = 'none';
      await clock.advance(1000);
    }
    expect(changes).toEqual([true]);
  });

  test('gets a probe only every five intervals while it has not accepted the last one', async () => {
    bus.fault = 'hangs';
    await start();
    await clock.advance(4999);
    expect(bus.published).toBe(1);
    await clock.advance(5001);
    expect(bus.published).toBe(3);
  });

  test('that accepts a probe long after it was abandoned does not get probes more often', async () => {
    const late: Array<() => void> = [];
    bus.publish = () => {
      bus.published++;
      return new Promise((resolve) => void late.push(resolve));
    };
    await start();
    await clock.advance(5000);
    expect(bus.published).toBe(2);
    late[0]!();
    await clock.advance(3000);
    expect(bus.published).toBe(2);
    late[1]!();
    await clock.advance(1000);
    expect(bus.published).toBe(3);
  });

  test('that delivers only probes of other gateways does not count as delivering', async () => {
    bus.fault = 'deaf';
    await start();
    const other = new FaultyBus({ clock });
    other.publish = (events) => InMemoryEventBus.prototype.publish.call(bus, events);
    const elsewhere = new BusProbe({
      bus: other,
      epoch: 'b',
      clock,
      intervalMs: 1000,
      onChange: () => undefined,
    });
    await clock.advance(3000);
    expect(changes).toEqual([]);
    elsewhere.stop();
  });

  test('counts as delivering, and gets no probes, with an interval of 0', async () => {
    bus.fault = 'deaf';
    const { delivers } = await start(0);
    await clock.advance(60_000);
    expect([delivers, changes, bus.published, clock.pending]).toEqual([true, [], 0, 0]);
  });
});
