import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PRICES_CHANGED, type PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import {
  PRICES_HEARTBEAT,
  PRICES_REQUESTED,
  PRICES_SNAPSHOT,
  type PricesHeartbeatEvent,
  type PricesSnapshotEvent,
} from '../../../src/core/prices/price-sync-events.js';
import { STREAM_GAP, type StreamGapEvent } from '../../../src/core/prices/stream-gap-event.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';

const NOW = 1_700_000_000_000;

function setup(options: { conflate?: boolean; batchSize?: number } = {}) {
  const clock = new FakeClock({ now: NOW });
  const bus = new InMemoryEventBus({ clock });
  const batches: PriceChangedBatch[] = [];
  const gaps: StreamGapEvent[] = [];
  const beats: PricesHeartbeatEvent[] = [];
  const snapshots: PricesSnapshotEvent[] = [];
  bus.subscribe(PRICES_CHANGED, (batch) => void batches.push(batch));
  bus.subscribe(STREAM_GAP, (gap) => void gaps.push(gap));
  bus.subscribe(PRICES_HEARTBEAT, (beat) => void beats.push(beat));
  bus.subscribe(PRICES_SNAPSHOT, (snapshot) => void snapshots.push(snapshot));
  const processor = new PriceStreamProcessor({ bus, clock, throttle: false, ...options });
  const push = async (symbol: string, price: number) => {
    processor.push({ symbol, price, timestamp: NOW + price });
    await clock.advance(0);
  };
  const ask = async (publisher: string | null = null) => {
    await bus.publish({ type: PRICES_REQUESTED, id: 'q', occurredAt: NOW, publisher } as never);
    await clock.advance(1);
  };
  const gap = async (...symbols: string[]) => {
    processor.pushGap({ type: 'gap', from: 1, to: 2, symbols, reason: 'disconnect', recovered: true });
    await clock.advance(0);
  };
  const told = (batch: PriceChangedBatch) =>
    [...batch].map(({ symbol, newPrice }) => `${symbol} ${newPrice}`);
  return { clock, bus, batches, gaps, beats, snapshots, processor, push, ask, gap, told };
}

test('messages of prices and gaps are numbered from 1, under the name of this run', async () => {
  const { batches, gaps, push, gap } = setup();
  await push('A', 1);
  await gap('A');
  await push('A', 2);
  const numbers = [batches[0], gaps[0], batches[1]].map((event) => event!.publication!);
  expect(numbers.map(({ first, last }) => [first, last])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(new Set(numbers.map(({ publisher }) => publisher)).size).toBe(1);
  const other = setup();
  await other.push('A', 1);
  expect(other.batches[0]!.publication!.publisher).not.toBe(numbers[0]!.publisher);
});

test('conflated messages have the numbers of both, unless a number between them is missing', async () => {
  const { batches, push } = setup();
  for (const price of [1, 2, 3]) await push('A', price);
  const [one, two, three] = batches as [PriceChangedBatch, PriceChangedBatch, PriceChangedBatch];
  expect(one.conflate(two).publication).toMatchObject({ first: 1, last: 2 });
  expect(one.conflate(two).conflate(three).publication).toMatchObject({ first: 1, last: 3 });
  expect(one.conflate(three).publication).toMatchObject({ first: 3, last: 3 });
});

test('the last number is sent every second for a minute after a message, and then no longer', async () => {
  const { clock, beats, push, processor } = setup();
  await clock.advance(5000);
  expect(clock.pending).toBe(0);
  await push('A', 1);
  await clock.advance(3000);
  expect(beats.map(({ last }) => last)).toEqual([1, 1, 1]);
  await push('A', 2);
  await clock.advance(300_000);
  expect(beats.length).toBeGreaterThan(55);
  expect(beats.length).toBeLessThan(70);
  expect([beats.at(-1)!.last, clock.pending]).toEqual([2, 0]);
  await push('A', 3);
  await processor.close();
  expect(clock.pending).toBe(0);
});

describe.each([true, false])('at the request of a subscriber (conflate: %s)', (conflate) => {
  test('all prices are published again, unchanged, and then the end of the snapshot with the gaps', async () => {
    const { batches, snapshots, processor, push, ask, gap, told } = setup({ conflate });
    await push('A', 1);
    await push('B', 2);
    await gap('A', 'C');
    await push('B', 3);
    const before = batches.length;
    await ask();
    expect(batches.slice(before).flatMap(told).sort()).toEqual(['A 1', 'B 3']);
    const [again] = batches.slice(before);
    const first = batches[0]!;
    const row = [...again!].findIndex(({ symbol }) => symbol === 'A');
    expect([again!.prices.venueTimes[row], again!.prices.arrivals[row]]).toEqual([
      first.prices.venueTimes[0],
      first.prices.arrivals[0],
    ]);
    expect([...again!].map(({ priceChange }) => priceChange!.toString())).toEqual(['0', '0']);
    const { first: from, last } = again!.publication!;
    expect(snapshots).toMatchObject([{ first: from, last, gaps: [{ symbols: ['A', 'C'] }] }]);
    expect(snapshots[0]!.gaps[0]!.arrival).toBeGreaterThan(first.prices.arrivals[0]!);
    expect(processor.stats()).toMatchObject({ delivered: 3, received: 3, pending: 0 });
  });

  test('many symbols come in several messages, one after the other', async () => {
    const { batches, snapshots, processor, ask, clock, told } = setup({ conflate });
    for (let n = 0; n < 2500; n++) processor.push({ symbol: `S${n}`, price: 1, timestamp: NOW });
    await clock.advance(1);
    const before = batches.length;
    await ask();
    await clock.advance(10);
    const again = batches.slice(before);
    expect(again.map(({ length }) => length)).toEqual([1000, 1000, 500]);
    expect(new Set(again.flatMap(told)).size).toBe(2500);
    expect(snapshots).toMatchObject([
      { first: again[0]!.publication!.first, last: again[2]!.publication!.last },
    ]);
  });

  test('a request to another publisher is not answered; a publisher without prices sends only the end', async () => {
    const { snapshots, push, ask, gap } = setup({ conflate });
    await ask();
    expect(snapshots).toEqual([]);
    await gap('A');
    await ask('someone else');
    expect(snapshots).toEqual([]);
    await ask();
    expect(snapshots).toMatchObject([{ first: 2, last: 1 }]);
    await push('A', 1);
    await ask(snapshots[0]!.publisher);
    expect(snapshots).toHaveLength(2);
  });
});

test('a snapshot that the bus refuses is published again completely', async () => {
  const { bus, batches, snapshots, push, ask, clock } = setup();
  await push('A', 1);
  const publish = bus.publish.bind(bus);
  let refusals = 2;
  bus.publish = (events) =>
    Array.isArray(events) && refusals-- > 0 ? Promise.reject(new Error('no')) : publish(events);
  await ask();
  await clock.advance(5000);
  expect(snapshots).toHaveLength(1);
  expect(batches.at(-1)!.publication).toMatchObject({ first: snapshots[0]!.first, last: snapshots[0]!.last });
});
