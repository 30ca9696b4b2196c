import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { FramePacer } from '../../../src/streams/connection/frame-pacer.js';

function pacer(limit?: number) {
  const clock = new FakeClock();
  const sent: { name: string; at: number }[] = [];
  const each = new FramePacer(clock, limit);
  const push = (name: string, urgent?: boolean) =>
    each.push(() => sent.push({ name, at: clock.monotonic() }), urgent);
  return { clock, pacer: each, sent, push };
}

test('without a limit, frames are sent at once and in order', () => {
  const { push, sent } = pacer();
  for (const name of 'abc') push(name);
  expect(sent.map(({ name }) => name).join('')).toBe('abc');
});

test('sends no more frames than allowed in any second', async () => {
  const { clock, push, sent, pacer: each } = pacer(4);
  await clock.advance(990);
  for (let i = 0; i < 3; i++) push('early');
  await clock.advance(20);
  for (let i = 0; i < 20; i++) push(`late ${i}`);
  await clock.advance(10_000);
  expect(sent).toHaveLength(23);
  expect(each.waiting).toBe(0);
  expect(clock.pending).toBe(0);
  for (const { at } of sent) {
    const inWindow = sent.filter((other) => other.at >= at && other.at < at + 1000);
    expect(inWindow.length).toBeLessThanOrEqual(4);
  }
  // And none waits longer than necessary.
  expect(sent.at(-1)!.at - 990).toBeLessThanOrEqual(5020);
});

test('sends an urgent frame before those that wait', async () => {
  const { clock, push, sent } = pacer(1);
  for (const name of 'abc') push(name);
  push('!', true);
  await clock.advance(5000);
  expect(sent.map(({ name }) => name).join('')).toBe('a!bc');
});

test('idle() settles when the frames pushed before it are sent', async () => {
  const { clock, push, sent, pacer: each } = pacer(1);
  push('a');
  push('b');
  let isIdle = false;
  void each.idle().then(() => (isIdle = true));
  push('c');
  await clock.advance(999);
  expect(isIdle).toBe(false);
  await clock.advance(1);
  expect([isIdle, sent.length]).toEqual([true, 2]);
});

test('clear() drops waiting frames and leaves no timer', async () => {
  const { clock, push, sent, pacer: each } = pacer(1);
  for (const name of 'abc') push(name);
  each.clear();
  expect(clock.pending).toBe(0);
  await clock.advance(5000);
  expect(sent).toHaveLength(1);
});
