import { describe, expect, test } from 'vitest';
import { BlockedLoop, watched } from './watched-link.js';

describe('Watchdog', () => {
  test('pings a link once a second, and keeps one that answers', async () => {
    const { clock, watchdog, seen } = watched();
    seen.answer = () => watchdog.pong();
    watchdog.start();
    await clock.advance(60_000);
    expect([seen.pings, seen.dead, seen.deaf]).toEqual([61, [], 0]);
    watchdog.stop();
    expect(clock.pending).toBe(0);
  });

  test('frames keep a link alive, but unanswered pings are reported once', async () => {
    const { clock, watchdog, seen } = watched();
    seen.answer = () => watchdog.pong();
    watchdog.start();
    await clock.advance(2000);
    seen.answer = () => undefined;
    const died = clock.monotonic();
    while (seen.deaf === 0 && clock.monotonic() < died + 5000) {
      watchdog.activity();
      await clock.advance(100);
    }
    expect(clock.monotonic() - died).toBeLessThanOrEqual(2500);
    for (let i = 0; i < 100; i++) {
      watchdog.activity();
      await clock.advance(100);
    }
    expect([seen.deaf, seen.dead]).toEqual([1, []]);
    watchdog.stop();
  });

  test('does not report unanswered pings of a venue that never answers any', async () => {
    const { clock, watchdog, seen } = watched();
    watchdog.start();
    for (let i = 0; i < 100; i++) {
      watchdog.activity();
      await clock.advance(100);
    }
    expect([seen.deaf, seen.dead]).toEqual([0, []]);
    watchdog.stop();
  });

  test('without pings a link is dead after silenceMs, and never without silenceMs', async () => {
    const limited = watched({ noPing: true, silenceMs: 10_000 });
    limited.watchdog.start();
    await limited.clock.advance(9000);
    limited.watchdog.activity();
    await limited.clock.advance(9000);
    expect(limited.seen.dead).toEqual([]);
    await limited.clock.advance(4000);
    expect(limited.seen.dead).toHaveLength(1);
    const unlimited = watched({ noPing: true });
    unlimited.watchdog.start();
    expect(unlimited.clock.pending).toBe(0);
  });

  test('probe() pings at once', async () => {
    const { clock, watchdog, seen } = watched();
    watchdog.probe();
    expect(seen.pings).toBe(0);
    watchdog.start();
    await clock.advance(300);
    watchdog.probe();
    expect(seen.pings).toBe(2);
    watchdog.stop();
  });
});

describe('a blocked event loop', () => {
  test('does not hide a dead link', async () => {
    const clock = new BlockedLoop();
    const { watchdog, seen } = watched({}, clock);
    watchdog.start();
    await clock.advance(500);
    clock.block(8000);
    const unblocked = clock.monotonic();
    await clock.advance(3000);
    expect(seen.dead).toHaveLength(1);
    expect(seen.dead[0]! - unblocked).toBeLessThanOrEqual(2500);
  });

  test('and timers that a hidden tab delays by a minute do not make a link dead', async () => {
    const clock = new BlockedLoop();
    const { watchdog, seen } = watched({}, clock);
    seen.answer = () => void clock.inbox.push(() => watchdog.pong());
    watchdog.start();
    for (let i = 0; i < 20; i++) {
      clock.block(60_000);
      await clock.advance(250);
      // The answer arrives while the timers are delayed.
      clock.read();
    }
    expect(seen.dead).toEqual([]);
    expect(seen.pings).toBe(21);
    watchdog.stop();
  });
});
