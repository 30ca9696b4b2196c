import { beforeEach, describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import {
  PORTFOLIOS_FOLLOWED,
  type PortfoliosFollowedEvent,
} from '../../../src/core/following/followed-events.js';
import { PortfolioFollower } from '../../../src/core/following/portfolio-follower.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';

describe('PortfolioFollower', () => {
  let clock: FakeClock;
  let bus: InMemoryEventBus;
  let events: PortfoliosFollowedEvent[];
  let errors: TickmarkError[];
  let isDown: boolean;
  let follower: PortfolioFollower;

  beforeEach(() => {
    clock = new FakeClock({ now: 1000 });
    const working = (bus = new InMemoryEventBus({ clock }));
    [events, errors, isDown] = [[], [], false];
    bus.subscribe(PORTFOLIOS_FOLLOWED, (event) => void events.push(event));
    const flaky = {
      publish: (event: PortfoliosFollowedEvent) =>
        isDown ? Promise.reject(new Error('down')) : working.publish(event),
      subscribe: working.subscribe.bind(working),
    };
    follower = new PortfolioFollower({
      bus: flaky as never,
      clock,
      random: () => 0.5,
      onError: (error) => void errors.push(error),
    });
  });

  const announced = (): string[][] => events.splice(0).map(({ portfolioIds }) => [...portfolioIds]);

  test('announces at once, once for those of one moment, as plain data', async () => {
    follower.follow('a');
    follower.follow('b');
    follower.follow('a');
    await clock.advance(0);
    expect(JSON.parse(JSON.stringify(events))).toEqual([
      {
        type: 'tickmark.portfolios.followed',
        id: expect.any(String),
        occurredAt: 1000,
        format: 1,
        portfolioIds: ['a', 'b'],
        expiresInMs: 30_000,
      },
    ]);
    events.length = 0;
    follower.follow('c');
    await clock.advance(0);
    expect(announced()).toEqual([['c']]);
  });

  test('renews what is followed each 10 s, in events of 1,000', async () => {
    for (let id = 0; id < 1001; id++) follower.follow(`p${id}`);
    await clock.advance(9999);
    announced();
    await clock.advance(1);
    expect(announced().map(({ length }) => length)).toEqual([1000, 1]);
    await clock.advance(10_000);
    expect(announced()).toHaveLength(2);
  });

  test('follows a portfolio until each of its followers has left', async () => {
    const first = follower.follow('a');
    const second = follower.follow('a');
    first();
    first();
    await clock.advance(10_000);
    expect(announced()).toEqual([['a'], ['a']]);
    second();
    await clock.advance(20_000);
    expect(announced()).toEqual([]);
    follower.follow('b')();
    await clock.advance(0);
    expect(announced()).toEqual([]);
  });

  test('announces everything within 250 ms when an engine asks', async () => {
    follower.follow('a');
    await clock.advance(0);
    follower.follow('b');
    await clock.advance(0);
    announced();
    await bus.publish({ type: 'tickmark.followers.requested', id: 'r', occurredAt: 0 });
    await clock.advance(124);
    expect(announced()).toEqual([]);
    await clock.advance(1);
    expect(announced()).toEqual([['a', 'b']]);
  });

  test('retries each second when the bus fails, and reports that once', async () => {
    isDown = true;
    follower.follow('a');
    await clock.advance(5000);
    expect(errors).toMatchObject([{ code: 'BUS_FAILED', retryable: true, cause: { message: 'down' } }]);
    isDown = false;
    await clock.advance(1000);
    expect(announced()).toEqual([['a']]);
    isDown = true;
    await clock.advance(10_000);
    expect(errors).toHaveLength(2);
  });

  test('announces nothing when it is closed', async () => {
    follower.follow('a');
    follower.close();
    follower.follow('b');
    await bus.publish({ type: 'tickmark.followers.requested', id: 'r', occurredAt: 0 });
    await clock.advance(60_000);
    expect(announced()).toEqual([]);
  });

  test('refuses a time that no timer takes', () => {
    expect(() => new PortfolioFollower({ bus, renewMs: NaN })).toThrow('PortfolioFollower: renewMs');
  });
});
