import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { BUS_GAP, type BusGapEvent } from '../../../src/core/messaging/event-bus.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { event, events, turnstile, type Numbered } from '../../memory/bus-events.js';

const state = (...ns: number[]): Numbered & { readonly text: string } => ({
  ...event(ns.at(-1)!, 'state'),
  conflate: (later: Numbered) => state(...ns, later.n),
  text: ns.join('+'),
});

describe('a busy subscription', () => {
  test('conflates states between events that cannot be conflated', async () => {
    const bus = new InMemoryEventBus();
    const { handle, let: letThrough } = turnstile();
    const seen: string[] = [];
    bus.subscribe<ReturnType<typeof state>>('state', ({ text }) => {
      seen.push(text);
      return handle();
    });
    const { conflate: _, ...plain } = { ...state(9), text: 'plain' };
    void bus.publish([state(1), state(2), state(3), plain, state(4), state(5), state(6)]);
    await letThrough();
    expect(seen).toEqual(['1', '2+3', 'plain', '4+5+6']);
    expect(bus.stats()).toMatchObject({ published: 7, handled: 4, conflated: 3, lost: 0 });
  });

  test('loses no event when conflate() throws, and publish() does not reject', async () => {
    const bus = new InMemoryEventBus();
    const { handle, let: letThrough } = turnstile();
    const seen: number[] = [];
    bus.subscribe<Numbered>('state', ({ n }) => {
      seen.push(n);
      return handle();
    });
    const conflate = (): never => {
      throw new Error('cannot be folded');
    };
    await bus.publish([1, 2, 3].map((n) => ({ ...state(n), conflate })));
    await letThrough();
    expect(seen).toEqual([1, 2, 3]);
  });

  test('handles a long backlog and a long chain of publications without deep recursion', () => {
    const bus = new InMemoryEventBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>('ping', ({ n }) => {
      if (n < 100_000) void bus.publish(event(n + 1, 'pong'));
    });
    bus.subscribe<Numbered>('pong', ({ n }) => {
      seen.push(n);
      void bus.publish(event(n + 1, 'ping'));
    });
    void bus.publish(event(0, 'ping'));
    expect(seen).toHaveLength(50_000);
  });
});

describe('a backlog that overflows', () => {
  const overflowing = async () => {
    const clock = new FakeClock({ now: 1000 });
    const bus = new InMemoryEventBus({ clock, maxBacklog: 3 });
    const gaps: BusGapEvent[] = [];
    bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
    const stile = turnstile();
    const seen: number[] = [];
    const unsubscribe = bus.subscribe<Numbered>('tick', ({ n }) => {
      seen.push(n);
      return stile.handle();
    });
    await bus.publish(events(0, 5));
    return { clock, bus, gaps, seen, unsubscribe, letThrough: stile.let };
  };

  test('is announced once per burst, although the handler hangs', async () => {
    const { clock, gaps, bus } = await overflowing();
    expect(gaps).toEqual([]);
    await clock.advance(10);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ from: 1000, to: 1000, lost: 2, types: ['tick'], reason: 'overflow' });
    expect(gaps[0]).toMatchObject({ type: BUS_GAP, occurredAt: 1000 });
    expect(clock.pending).toBe(0);
    await bus.close({ timeoutMs: 0 });
    expect(clock.pending).toBe(0);
  });

  test('announces later losses before the next event, in one gap', async () => {
    const { clock, bus, gaps, seen, letThrough } = await overflowing();
    await clock.advance(10);
    await bus.publish(events(6, 8));
    await clock.advance(50);
    await bus.publish(events(9, 10));
    expect(gaps).toHaveLength(1);
    await letThrough(1);
    expect(gaps[1]).toMatchObject({ from: 1010, to: 1060, lost: 5 });
    expect(seen).toEqual([0, 8]);
    await letThrough();
    expect(seen).toEqual([0, 8, 9, 10]);
    expect(bus.stats().lost).toBe(7);
  });

  test('is announced again after it was empty', async () => {
    const { clock, bus, gaps, letThrough } = await overflowing();
    await letThrough();
    expect(gaps.map(({ lost }) => lost)).toEqual([2]);
    await bus.publish(events(0, 6));
    await clock.advance();
    expect(gaps.map(({ lost }) => lost)).toEqual([2, 3]);
    expect(new Set(gaps.map((gap) => gap.id)).size).toBe(2);
  });

  test('conflates gaps for a slow subscription to gaps', async () => {
    const clock = new FakeClock({ now: 1000 });
    const bus = new InMemoryEventBus({ clock, maxBacklog: 1 });
    const stile = turnstile();
    const gaps: BusGapEvent[] = [];
    bus.subscribe(BUS_GAP, (gap) => {
      gaps.push(gap);
      return stile.handle();
    });
    for (const type of ['a', 'b', 'c']) {
      bus.subscribe(type, () => new Promise<void>(() => undefined));
      await bus.publish([event(1, type), event(2, type), event(3, type)]);
      await clock.advance(10);
    }
    await stile.let();
    expect(gaps.map(({ types, lost }) => [types, lost])).toEqual([
      [['a'], 1],
      [['b', 'c'], 2],
    ]);
    expect(gaps[1]).toMatchObject({ from: 1010, to: 1020 });
    expect(bus.stats().lost).toBe(3);
  });

  test('announces nothing for an ended subscription', async () => {
    const { clock, bus, gaps, unsubscribe, letThrough } = await overflowing();
    await clock.advance();
    await bus.publish(events(6, 8));
    unsubscribe();
    await letThrough();
    expect(gaps.map(({ lost }) => lost)).toEqual([2]);
  });

  test('of gaps that cannot be conflated is counted, but not announced to itself', async () => {
    const clock = new FakeClock();
    const bus = new InMemoryEventBus({ clock, maxBacklog: 2 });
    const stile = turnstile();
    const seen: string[] = [];
    bus.subscribe(BUS_GAP, ({ id }) => {
      seen.push(id);
      return stile.handle();
    });
    await bus.publish([1, 2, 3, 4].map((n) => ({ ...event(n, BUS_GAP), id: `gap ${n}` })));
    await clock.advance();
    await stile.let();
    expect(seen).toEqual(['gap 1', 'gap 3', 'gap 4']);
    expect(bus.stats().lost).toBe(1);
  });

  test('leaves no timer behind when the bus closes or the subscription ends', async () => {
    const ended = await overflowing();
    expect(ended.clock.pending).toBe(1);
    ended.unsubscribe();
    expect(ended.clock.pending).toBe(0);
    const closed = await overflowing();
    await closed.bus.close({ timeoutMs: 0 });
    expect(closed.clock.pending).toBe(0);
  });
});
