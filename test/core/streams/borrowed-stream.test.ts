import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { BorrowedStream } from '../../../src/core/streams/borrowed-stream.js';
import { MockPriceStreamAdapter } from '../../../src/mock/mock-price-stream-adapter.js';

function setUp() {
  const clock = new FakeClock();
  const start = clock.now();
  const gaps: Array<{ from: number; to: number; lost: readonly string[] }> = [];
  const stream = new MockPriceStreamAdapter({ clock });
  const borrow = (): BorrowedStream =>
    new BorrowedStream({
      stream,
      clock,
      random: () => 0.5,
      onError: () => undefined,
      onGap: ({ from, to, symbols: lost }) => void gaps.push({ from: from - start, to: to - start, lost }),
    });
  const symbols = (): string[] => [...stream.getSubscribedSymbols()].sort();
  return { clock, stream, borrow, symbols, gaps };
}

test('the last of several borrowers disconnects a stream that one of them connected', async () => {
  const { stream, borrow, symbols } = setUp();
  const [first, second] = [borrow(), borrow()];
  await first.connect();
  await first.subscribe(['A', 'B']);
  await second.connect();
  await second.subscribe(['B', 'C']);
  await first.release();
  expect([stream.getStatus().state, symbols()]).toEqual(['subscribed', ['B', 'C']]);
  await first.release();
  expect(symbols()).toEqual(['B', 'C']);
  await second.release();
  expect(stream.getStatus().state).toBe('disconnected');
  const third = borrow();
  await third.connect();
  expect(stream.getStatus().state).toBe('connected');
  await third.release();
  expect(stream.getStatus().state).toBe('disconnected');
});

test('a stream that the caller connected stays connected, with the symbols of the caller', async () => {
  const { stream, borrow, symbols } = setUp();
  await stream.connect();
  await stream.subscribe(['A']);
  const [first, second] = [borrow(), borrow()];
  for (const each of [first, second]) {
    await each.connect();
    await each.subscribe(['A', 'B']);
  }
  await first.release();
  expect(symbols()).toEqual(['A', 'B']);
  await second.release();
  expect([stream.getStatus().state, symbols()]).toEqual(['subscribed', ['A']]);
  await stream.disconnect();
});

test('symbols that are added later are counted once for each borrower', async () => {
  const { clock, borrow, symbols } = setUp();
  const [first, second] = [borrow(), borrow()];
  await first.connect();
  await second.connect();
  for (const each of [first, first, second]) each.add(['A']);
  await clock.settle();
  await first.release();
  expect(symbols()).toEqual(['A']);
  second.add(['B']);
  await clock.settle();
  expect(symbols()).toEqual(['A', 'B']);
  await second.release();
});

test('one that was released while it connected disconnects only a stream that nobody else uses', async () => {
  const { clock, stream, borrow } = setUp();
  const connect = stream.connect.bind(stream);
  let finish!: () => void;
  const held = new Promise<void>((resolve) => (finish = resolve));
  stream.connect = async () => {
    await held;
    await connect();
  };
  const first = borrow();
  const connecting = first.connect();
  await first.release();
  const second = borrow();
  const also = second.connect();
  finish();
  await Promise.all([connecting, also]);
  await clock.settle();
  expect(stream.getStatus().state).toBe('connected');
  await second.release();
  expect(stream.getStatus().state).toBe('disconnected');
});

test('a stream that was lost and is connected again is subscribed again, after a gap', async () => {
  const { clock, stream, borrow, symbols, gaps } = setUp();
  const borrowed = borrow();
  await borrowed.connect();
  await borrowed.subscribe(['A']);
  await clock.advance(100);
  await stream.disconnect();
  expect(borrowed.isLost).toBe(true);
  borrowed.add(['B', 'C']);
  await borrowed.remove(['C']);
  await clock.advance(100);
  await stream.connect();
  await clock.settle();
  expect([borrowed.isLost, symbols(), gaps]).toEqual([
    false,
    ['A', 'B'],
    [{ from: 100, to: 200, lost: ['A', 'B'] }],
  ]);
  await borrowed.remove(['A']);
  expect(symbols()).toEqual(['B']);
  await borrowed.release();
  await stream.disconnect();
  await stream.connect();
  await clock.settle();
  expect(symbols()).toEqual([]);
  await stream.disconnect();
});
