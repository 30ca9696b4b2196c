import type { Clock } from '../../../src/core/clock.js';
import { FakeClock } from 'tickmark/conformance';
import { describe, expect, test } from 'vitest';
import { WorkScheduler } from '../../../src/gateway/admission/work-scheduler.js';
import { GatewayRig } from '../rig/gateway-rig.js';

describe('work that readers cause', () => {
  const clock = new FakeClock();

  async function run(costs: readonly number[]): Promise<{ turns: WorkScheduler; begun: number[] }> {
    const turns = new WorkScheduler(clock, 100);
    const begun: number[] = [];
    costs.forEach((cost, index) => {
      const turn = turns.take(cost);
      if (turn) void turn.then(() => begun.push(index));
      else begun.push(index);
    });
    await clock.settle();
    return { turns, begun };
  }

  test('begins at once as far as it fits into one turn, and the rest begins in order in the next turns', async () => {
    const { turns, begun } = await run([60, 40, 50, 60, 1]);
    expect(begun).toEqual([0, 1]);
    await clock.advance();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(clock.pending).toBe(0);
    // The cost of a turn does not count in the next one.
    expect(turns.take(100)).toBeUndefined();
    await clock.advance();
  });

  test('lets due timers fire in between', async () => {
    const turns = new WorkScheduler(clock, 100);
    const order: string[] = [];
    void turns.take(100);
    void turns.take(100)!.then(() => order.push('second'));
    void turns.take(100)!.then(() => order.push('third'));
    clock.defer(() => order.push('timer'));
    await clock.advance();
    expect(order).toEqual(['second', 'timer', 'third']);
  });

  test('has a turn of its own if it is larger than one turn', async () => {
    const { begun } = await run([1, 1000, 1]);
    expect(begun).toEqual([0]);
    await clock.advance();
    expect(begun).toEqual([0, 1, 2]);
  });

  test('is shared evenly by cost among networks, so that little work of one precedes the backlog of another', async () => {
    const scheduler = new WorkScheduler(clock, 100);
    const order: string[] = [];
    const ask = (cost: number, network: string) =>
      void scheduler.take(cost, network)?.then(() => order.push(network));
    void scheduler.take(100, 'greedy');
    for (let count = 0; count < 4; count++) ask(100, 'greedy');
    ask(10, 'modest');
    ask(10, 'other');
    ask(10, 'modest');
    await clock.advance();
    expect(order).toEqual(['modest', 'other', 'modest', 'greedy', 'greedy', 'greedy', 'greedy']);
  });

  test('is followed by a rest as long as it took, and no more begins in a turn after 2 ms', async () => {
    let ran = 0;
    const busy: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + ran,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
      defer: (callback) => clock.defer(callback),
    };
    const scheduler = new WorkScheduler(busy, 100);
    const begun: string[] = [];
    expect(scheduler.take(1, 'a')).toBeUndefined();
    ran += 2;
    void scheduler.take(1, 'b')!.then(() => begun.push('b'));
    ran += 5;
    await clock.advance(6);
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(['b']);
    expect(clock.pending).toBe(0);
  });

  test('of readers that have left takes no time and does not wait', async () => {
    const scheduler = new WorkScheduler(clock, 100);
    const left = new AbortController();
    const begun: string[] = [];
    void scheduler.take(100);
    void scheduler.take(100, 'gone', left.signal)!.then(() => begun.push('gone'));
    void scheduler.take(100, 'here', new AbortController().signal)!.then(() => begun.push('here'));
    left.abort();
    await clock.settle();
    expect(begun).toEqual(['gone']);
    const order: string[] = [];
    clock.defer(() => order.push(...begun));
    await clock.advance();
    expect(order).toEqual(['gone', 'here']);
  });

  test('begins at once when the scheduler is stopped, which leaves no timer', async () => {
    const { turns, begun } = await run([100, 100, 100]);
    turns.stop();
    await clock.settle();
    expect(begun).toEqual([0, 1, 2]);
    expect(turns.take(1000)).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});

test('many new readers are served over several turns, so that others are not delayed', async () => {
  const rig = await GatewayRig.start();
  const topics = Array.from({ length: 400 }, (_, index) => `price:T${index}`);
  const wave = Array.from({ length: 3 }, () => rig.gateway.handle(rig.request(topics)));
  let answered = 0;
  for (const each of wave) void each.then(() => answered++);
  await rig.clock.settle();
  expect(answered).toBe(1);
  await rig.clock.advance();
  expect(answered).toBe(3);
  for (const each of wave) await (await each).body!.cancel();
  await rig.end();
});
