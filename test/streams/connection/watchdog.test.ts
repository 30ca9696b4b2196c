import { describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import type { Timer } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Watchdog, type WatchdogOptions } from '../../../src/streams/connection/watchdog.js';

function watched(options: Partial<WatchdogOptions> & { noPing?: boolean } = {}, clock = new FakeClock()) {
  const { noPing, ...rest } = options;
  const seen = { pings: 0, dead: [] as number[], deaf: 0, answer: () => undefined as void };
  const watchdog = new Watchdog({
    clock,
    ping: noPing
      ? undefined
      : () => {
          seen.pings++;
          seen.answer();
        },
    onDead: () => seen.dead.push(clock.monotonic()),
    onDeaf: () => void seen.deaf++,
    ...rest,
  });
  return { clock, watchdog, seen };
}

describe('Watchdog', () => {
  test('a link that answers pings lives, with one ping a second', async () => {
    const { clock, watchdog, seen } = watched();
    seen.answer = () => watchdog.pong();
    watchdog.start();
    await clock.advance(60_000);
    expect([seen.pings, seen.dead, seen.deaf]).toEqual([61, [], 0]);
    watchdog.stop();
    expect(clock.pending).toBe(0);
  });

  test('death is found within 2.5 s of it, whenever it comes', async () => {
    const random = seededRandom(11);
    for (let i = 0; i < 200; i++) {
      const { clock, watchdog, seen } = watched();
      seen.answer = () => watchdog.pong();
      watchdog.start();
      await clock.advance(3000 + random() * 2000);
      // A frame just before, so that the silence is as young as it can be.
      if (random() < 0.5) watchdog.sign();
      const died = clock.monotonic();
      seen.answer = () => undefined;
      await clock.advance(5000);
      expect(seen.dead).toHaveLength(1);
      expect(seen.dead[0]! - died).toBeLessThanOrEqual(2500);
      expect(seen.dead[0]! - died).toBeGreaterThan(900);
      expect(clock.pending).toBe(0);
    }
  });

  test('frames alone keep it alive, but unanswered pings are told once', async () => {
    const { clock, watchdog, seen } = watched();
    seen.answer = () => watchdog.pong();
    watchdog.start();
    await clock.advance(2000);
    seen.answer = () => undefined;
    const died = clock.monotonic();
    while (seen.deaf === 0 && clock.monotonic() < died + 5000) {
      watchdog.sign();
      await clock.advance(100);
    }
    expect(clock.monotonic() - died).toBeLessThanOrEqual(2500);
    for (let i = 0; i < 100; i++) {
      watchdog.sign();
      await clock.advance(100);
    }
    expect([seen.deaf, seen.dead]).toEqual([1, []]);
    watchdog.stop();
  });

  test('a venue that never answers pings is not deaf for it', async () => {
    const { clock, watchdog, seen } = watched();
    watchdog.start();
    for (let i = 0; i < 100; i++) {
      watchdog.sign();
      await clock.advance(100);
    }
    expect([seen.deaf, seen.dead]).toEqual([0, []]);
    watchdog.stop();
  });

  test('without pings only a limit of silence counts, and without one nothing does', async () => {
    const limited = watched({ noPing: true, silenceMs: 10_000 });
    limited.watchdog.start();
    await limited.clock.advance(9000);
    limited.watchdog.sign();
    await limited.clock.advance(9000);
    expect(limited.seen.dead).toEqual([]);
    await limited.clock.advance(4000);
    expect(limited.seen.dead).toHaveLength(1);
    const unlimited = watched({ noPing: true });
    unlimited.watchdog.start();
    expect(unlimited.clock.pending).toBe(0);
  });

  test('probe() asks at once', async () => {
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

/**
 * An event loop that can be held up: while it is, answers arrive but wait to be read, and timers that fell due run before them.
 * Ready I/O has its turn before a deferred callback, as in Node.
 */
class BlockedLoop extends FakeClock {
  readonly inbox: (() => void)[] = [];
  #blocked = 0;

  override monotonic(): number {
    return super.monotonic() + this.#blocked;
  }

  override defer(callback: () => void): Timer {
    return super.defer(() => {
      this.read();
      callback();
    });
  }

  /** Time passes, and nothing runs: what fell due runs late, and nothing is read meanwhile. */
  block(ms: number): void {
    this.#blocked += ms;
  }

  /** Reads what has arrived. */
  read(): void {
    for (const each of this.inbox.splice(0)) each();
  }
}

describe('a blocked event loop', () => {
  test('is no dead link: what waits to be read is read before judging, in 500 runs of 2 to 10 s', async () => {
    const random = seededRandom(5);
    for (let run = 0; run < 500; run++) {
      const clock = new BlockedLoop();
      const { watchdog, seen } = watched({}, clock);
      seen.answer = () => void clock.inbox.push(() => watchdog.pong());
      watchdog.start();
      // Answers are late by up to 900 ms in good times, too.
      for (let i = 0; i < 5; i++) {
        await clock.advance(200 + random() * 700);
        clock.read();
      }
      for (let blocks = 0; blocks < 3; blocks++) {
        clock.block(2000 + random() * 8000);
        // The timer that fell due runs first, and only then what arrived is read.
        await clock.advance(250);
      }
      clock.read();
      await clock.advance(500);
      expect(seen.dead).toEqual([]);
      watchdog.stop();
    }
  });

  test('does not hide a link that did die', async () => {
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

  test('nor are timers that a hidden tab holds back for a minute each a reason', async () => {
    const clock = new BlockedLoop();
    const { watchdog, seen } = watched({}, clock);
    seen.answer = () => void clock.inbox.push(() => watchdog.pong());
    watchdog.start();
    for (let i = 0; i < 20; i++) {
      clock.block(60_000);
      await clock.advance(250);
      // The answer comes while the timers sleep.
      clock.read();
    }
    expect(seen.dead).toEqual([]);
    expect(seen.pings).toBe(21);
    watchdog.stop();
  });
});
