import { describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { sleep } from '../../src/core/clock.js';

describe('FakeClock', () => {
  test('stands still until it is moved', async () => {
    const clock = new FakeClock({ now: 5_000 });
    await clock.settle();
    expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([5_250, 250]);
  });

  test('fires timers in the order they are due, and those due together in the order they were set', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name}@${clock.monotonic()}`);
    clock.setTimer(note('c'), 30);
    clock.setTimer(note('a'), 10);
    clock.setTimer(note('b1'), 20);
    clock.setTimer(note('b2'), 20);
    await clock.advance(25);
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20']);
    expect(clock.pending).toBe(1);
    await clock.advance(5);
    expect(fired.at(-1)).toBe('c@30');
  });

  test('settles promise chains of any depth between two timers', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    const deep = async (): Promise<void> => {
      await sleep(clock, 10);
      for (let turn = 0; turn < 5_000; turn++) await Promise.resolve();
      order.push('chain');
    };
    const done = deep();
    clock.setTimer(() => order.push('timer'), 11);
    await clock.advance(20);
    expect(order).toEqual(['chain', 'timer']);
    await done;
  });

  test('fires timers that are set by timers and fall due in the same advance', async () => {
    const clock = new FakeClock();
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.monotonic());
      clock.setTimer(again, 10);
    };
    clock.setTimer(again, 10);
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  test('runs deferred callbacks in the next advance without moving time', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.defer(() => {
      order.push('first');
      clock.defer(() => order.push('third'));
    });
    clock.defer(() => order.push('second'));
    await clock.settle();
    expect(order).toEqual([]);
    await clock.advance();
    expect(order).toEqual(['first', 'second', 'third']);
    expect(clock.monotonic()).toBe(0);
  });

  test('does not run cleared callbacks', async () => {
    const clock = new FakeClock();
    const callback = vi.fn();
    clock.setTimer(callback, 10).clear();
    clock.defer(callback).clear();
    expect(clock.pending).toBe(0);
    await clock.advance(20);
    expect(callback).not.toHaveBeenCalled();
  });

  test('setWallClock() changes neither timers nor monotonic()', async () => {
    const clock = new FakeClock({ now: 1_000 });
    const callback = vi.fn();
    clock.setTimer(callback, 10);
    clock.setWallClock(-86_400_000);
    await clock.advance(9);
    expect(callback).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(callback).toHaveBeenCalledOnce();
    expect([clock.now(), clock.monotonic()]).toEqual([-86_399_990, 10]);
  });

  test('runAll() runs every callback, and rejects when there is no end to them', async () => {
    const clock = new FakeClock();
    clock.setTimer(() => clock.setTimer(() => undefined, 50), 100);
    expect(await clock.runAll()).toBe(2);
    expect([clock.monotonic(), clock.pending]).toEqual([150, 0]);

    const again = (): void => void clock.setTimer(again, 1);
    again();
    await expect(clock.runAll(50)).rejects.toThrow('50 callbacks ran');
  });

  test('rejects when callbacks keep falling due at the same moment', async () => {
    const clock = new FakeClock();
    vi.spyOn(clock, 'settle').mockResolvedValue();
    const again = (): void => void clock.defer(again);
    again();
    await expect(clock.advance(1)).rejects.toThrow('keep falling due');
  });

  test('rejects a delay with which real timers would fire at once', () => {
    const clock = new FakeClock();
    expect(() => clock.setTimer(() => undefined, 2 ** 31)).toThrow(/2147483647/);
    expect(() => clock.setTimer(() => undefined, NaN)).toThrow(/NaN/);
    expect(clock.pending).toBe(0);
  });

  test('works while a test has replaced the global timers', async () => {
    const clock = new FakeClock();
    vi.useFakeTimers();
    try {
      await clock.advance(1);
    } finally {
      vi.useRealTimers();
    }
    expect(clock.monotonic()).toBe(1);
  });
});
