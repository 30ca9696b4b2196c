import { afterEach, describe, expect, test, vi } from 'vitest';
import { runner } from '../conformance/without-skips.js';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../src/core/errors.js';
import type { DomainEvent } from '../../src/core/messaging/event-bus.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { until } from '../waiting.js';
import { event, turnstile, type Numbered } from './bus-events.js';

eventBusConformance(runner, {
  createHarness: () => {
    const clock = new FakeClock();
    return {
      bus: new InMemoryEventBus({ clock, maxBacklog: 200 }),
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending,
    };
  },
  supports: { conflation: true, maxBacklog: 200 },
});

describe('an idle subscription', () => {
  test('gets the event within publish()', () => {
    const bus = new InMemoryEventBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
    void bus.publish([event(1), event(2)]);
    expect(seen).toEqual([1, 2]);
  });

  test.each(['constructor', '__proto__', 'hasOwnProperty', ' '])('may be of the type %o', (type) => {
    const bus = new InMemoryEventBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>(type, ({ n }) => void seen.push(n));
    void bus.publish(event(1, type));
    expect(seen).toEqual([1]);
  });
});

describe('a handler that fails', () => {
  test('is reported with its error and the event', async () => {
    const reports: [TickmarkError, DomainEvent][] = [];
    const bus = new InMemoryEventBus({ onError: (error, about) => reports.push([error, about]) });
    const cause = new Error('full of bugs');
    bus.subscribe<Numbered>('tick', ({ n }) => {
      if (n === 1) throw cause;
      return Promise.reject(cause);
    });
    const [first, second] = [event(1), event(2)];
    await bus.publish([first, second]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reports.map(([error]) => [error.code, error.cause])).toEqual([
      ['HANDLER_FAILED', cause],
      ['HANDLER_FAILED', cause],
    ]);
    expect(reports.map(([, about]) => about)).toEqual([first, second]);
    expect(bus.stats()).toMatchObject({ failed: 2, handled: 0 });
  });

  test('affects no other handler, also when onError throws', async () => {
    const onError = vi.fn(() => {
      throw new Error('the reporter fails, too');
    });
    const bus = new InMemoryEventBus({ onError });
    const other = vi.fn();
    bus.subscribe('tick', () => {
      throw new Error('full of bugs');
    });
    bus.subscribe('tick', other);
    await bus.publish(event(1));
    expect([onError, other].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  test('may return any thenable', async () => {
    const bus = new InMemoryEventBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => {
      seen.push(n);
      const thenable = {
        then(resolve: () => void): void {
          setImmediate(resolve);
        },
      };
      return thenable as unknown as Promise<void>;
    });
    await bus.publish([event(1), event(2)]);
    expect(seen).toEqual([1]);
    await until('both events are handled', () => bus.stats().handled === 2);
    expect(seen).toEqual([1, 2]);
  });
});

describe('close()', () => {
  test('called by a handler settles at its timeout, and no more events are delivered', async () => {
    const clock = new FakeClock();
    const bus = new InMemoryEventBus({ clock });
    const seen: number[] = [];
    const closed = vi.fn();
    bus.subscribe<Numbered>('tick', async ({ n }) => {
      seen.push(n);
      await bus.close({ timeoutMs: 300 });
      closed();
    });
    await bus.publish([event(1), event(2)]).catch(() => undefined);
    await clock.advance(299);
    expect(closed).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(closed).toHaveBeenCalledOnce();
    expect(seen).toEqual([1]);
    expect(clock.pending).toBe(0);
  });

  test('clears its deadline when the last handler ends', async () => {
    const clock = new FakeClock();
    const bus = new InMemoryEventBus({ clock });
    const { handle, let: letThrough } = turnstile();
    bus.subscribe('tick', handle);
    await bus.publish(event(1));
    const closing = bus.close();
    expect(clock.pending).toBe(1);
    await letThrough();
    await closing;
    expect(clock.pending).toBe(0);
  });
});

describe('wrong arguments', () => {
  const bus = new InMemoryEventBus();
  afterEach(() => expect(bus.stats()).toMatchObject({ published: 0, subscriptions: 0 }));

  test.each([[null], [undefined], [7], [{}], [[event(1), undefined]], [[event(1), { type: 7 }]]])(
    'publish(%o) is rejected as a whole',
    async (given) => {
      await expect(bus.publish(given as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  test.each([
    ['', vi.fn()],
    [7, vi.fn()],
    ['tick', undefined],
  ])('subscribe(%o, %o) is rejected', (type, handler) => {
    expect(() => bus.subscribe(type as string, handler as never)).toThrow(/expected/);
  });

  test.each([0, -1, 1.5, NaN, Infinity])('maxBacklog %d is rejected', (maxBacklog) => {
    expect(() => new InMemoryEventBus({ maxBacklog })).toThrow(/maxBacklog.*whole number from 1/);
  });
});
