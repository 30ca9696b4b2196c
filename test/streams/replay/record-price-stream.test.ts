import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { BasePriceStreamAdapter } from '../../../src/core/streams/base-price-stream-adapter.js';
import { MockPriceStreamAdapter } from '../../../src/mock/mock-price-stream-adapter.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import { PRICES_CHANGED } from '../../../src/core/prices/price-changed-event.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { recordPriceStream, ReplayPriceStreamAdapter } from '../../../src/streams/replay/index.js';
import { until } from '../../waiting.js';
import { replayed } from './replayed.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
const path = (end = '.jsonl'): string => join(folder, `${++count}${end}`);
const START = 1_700_000_000_000;

/** A stream that delivers the messages of the test. */
class ScriptedStream extends BasePriceStreamAdapter {
  link!: PriceStreamLink;
  protected override openLink(link: PriceStreamLink): void {
    this.link = link;
  }
  protected override closeLink(): void {}
  protected override addSymbols(): void {}
  protected override removeSymbols(): void {}
}

async function scripted(...symbols: string[]): Promise<{ clock: FakeClock; stream: ScriptedStream }> {
  const clock = new FakeClock();
  const stream = new ScriptedStream({ clock });
  await stream.connect();
  await stream.subscribe(symbols.length > 0 ? symbols : ['A', 'B']);
  return { clock, stream };
}

describe.each(['.jsonl', '.jsonl.gz'])('a recording in a %s file', (end) => {
  test('replays the messages of the listeners, in order: prices digit for digit, gaps and breaks', async () => {
    const { clock, stream } = await scripted();
    const file = path(end);
    const recording = await recordPriceStream(stream, file, { clock });
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push({ ...message }));
    stream.link.deliver({
      symbol: 'A',
      price: '1234567.12345670',
      timestamp: 5,
      timeSource: 'received',
      bid: 0.1,
      ask: '0.30',
      previousClose: 1e-7,
      previousCloseAt: 4,
      accrued: '1.250',
      previousAccrued: 0,
      currency: 'GBp',
      sequence: 9,
      state: 'halted',
      receivedAt: START + 1,
    });
    stream.link.reconnecting(1, START + 250);
    await clock.advance(300);
    stream.link.restored();
    stream.link.deliver({
      type: 'gap',
      from: START,
      to: START + 300,
      symbols: ['A', 'B'],
      reason: 'silence',
      recovered: true,
    });
    stream.link.degraded(['B']);
    stream.link.degraded([]);
    stream.link.deliver({ symbol: 'A', price: 0.1 + 0.2, timestamp: 6, receivedAt: START + 299 });
    stream.link.deliver({ symbol: 'B', price: '1', timestamp: 7 });
    expect(recording.stats()).toMatchObject({
      prices: 3,
      gaps: 1,
      statuses: 4,
      dropped: 0,
      error: undefined,
    });
    await recording.close();
    await stream.disconnect();
    expect(clock.pending).toBe(0);
    const { messages, states, stream: replay } = await replayed(file);
    // The last price had no receivedAt, so the recorder adds the time.
    expect(messages).toEqual([...heard.slice(0, -1), { ...heard.at(-1), receivedAt: START + 300 }]);
    expect(states).toEqual([
      'connecting',
      'connected',
      'subscribed',
      'reconnecting',
      'subscribed',
      'degraded',
      'subscribed',
      'disconnected',
    ]);
    expect(replay.stats()).toMatchObject({
      priceLines: 3,
      control: { header: 1, gap: 1, status: 4, end: 1 },
      rejected: {},
    });
  });

  test('replaces an existing file only with overwrite: true', async () => {
    const { clock, stream } = await scripted();
    const file = path(end);
    writeFileSync(file, 'mine');
    await expect(recordPriceStream(stream, file, { clock })).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      message: expect.stringContaining('overwrite') as string,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await (await recordPriceStream(stream, file, { clock, overwrite: true })).close();
    expect((await replayed(file)).stream.stats()).toMatchObject({
      control: { header: 1, end: 1 },
      rejected: {},
    });
  });

  test('can be read up to the last flush when the recorder was killed', async () => {
    const { clock, stream } = await scripted();
    const file = path(end);
    const recording = await recordPriceStream(stream, file, { clock, flushMs: 100 });
    stream.link.deliver({ symbol: 'A', price: '1', timestamp: 1 });
    await clock.advance(100);
    const cut = path(end);
    await until('the price can be read from the file', async () => {
      writeFileSync(cut, readFileSync(file));
      const readSoFar = await replayed(cut).catch(() => undefined);
      return readSoFar?.messages.length === 1;
    });
    stream.link.deliver({ symbol: 'A', price: '2', timestamp: 2 });
    await recording.close();
    const { messages, stream: replay } = await replayed(cut);
    expect(messages).toMatchObject([{ price: '1' }]);
    expect(replay.stats().rejected).toEqual(end === '.jsonl' ? {} : { 'file-cut-off': 1 });
    expect((await replayed(file)).messages).toMatchObject([{ price: '1' }, { price: '2' }]);
  });
});

test('a last line that is cut off is counted as unfinished-line and left out', async () => {
  const { clock, stream } = await scripted();
  const file = path();
  const recording = await recordPriceStream(stream, file, { clock });
  for (const price of ['1', '2']) stream.link.deliver({ symbol: 'A', price, timestamp: 1 });
  await recording.close();
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf('"price":"2"');
  for (const to of [from, from + 9, text.indexOf('\n', from) - 1]) {
    const cut = path();
    writeFileSync(cut, text.slice(0, to));
    const { messages, stream: replay } = await replayed(cut);
    expect(messages).toMatchObject([{ price: '1' }]);
    expect(replay.stats().rejected).toEqual({ 'unfinished-line': 1 });
  }
});

test('a recording replays the same each time, and gives a processor the prices it gave it live', async () => {
  const clock = new FakeClock();
  const stream = new MockPriceStreamAdapter({ clock, seed: 7, intervalMs: 10 });
  const batchesOf = (): { processor: PriceStreamProcessor; batches: unknown[] } => {
    const bus = new InMemoryEventBus();
    const batches: unknown[] = [];
    bus.subscribe(PRICES_CHANGED, (event) => {
      for (const { symbol, newPrice, occurredAt } of event)
        batches.push(`${symbol} ${newPrice.toString()} ${occurredAt}`);
      batches.push('—');
    });
    return {
      processor: new PriceStreamProcessor({ bus, clock, batchSize: 16, throttle: false, conflate: false }),
      batches,
    };
  };
  const live = batchesOf();
  const file = path('.jsonl.gz');
  const recording = await recordPriceStream(stream, file, { clock });
  const heard: PriceStreamMessage[] = [];
  stream.onMessage((message) => {
    heard.push({ ...message });
    live.processor.push(message as never);
  });
  await stream.connect();
  await stream.subscribe(['A', 'B', 'C']);
  await clock.advance(2000);
  await stream.disconnect();
  await recording.close();
  await live.processor.flush();
  expect(heard.length).toBeGreaterThan(300);
  const [first, second] = [await replayed(file), await replayed(file)];
  expect(first.messages).toEqual(second.messages);
  expect(first.messages.map((each) => ({ ...each, receivedAt: 0 }))).toEqual(
    heard.map((each) => ({ ...each, receivedAt: 0 })),
  );
  const played = [batchesOf(), batchesOf()];
  for (const { processor } of played) {
    for (const message of first.messages) processor.push(message as never);
    await processor.flush();
  }
  expect(played[0]!.batches).toEqual(played[1]!.batches);
  const prices = (batches: unknown[]): unknown[] => batches.filter((each) => each !== '—');
  expect(prices(played[0]!.batches)).toEqual(prices(live.batches));
});

/** A writable that accepts chunks when the test allows it. */
class SlowWritable extends Writable {
  readonly chunks: string[] = [];
  readonly #taken: (() => void)[] = [];
  constructor() {
    super({ highWaterMark: 1, decodeStrings: false });
  }
  override _write(chunk: string, _encoding: string, taken: () => void): void {
    this.chunks.push(chunk);
    this.#taken.push(taken);
  }
  take(): void {
    for (const taken of this.#taken.splice(0)) taken();
  }
}

test('with a slow target messages are dropped and counted, memory stays within maxBuffered, and the recording gets a gap', async () => {
  const { clock, stream } = await scripted('A', 'B', 'C');
  const target = new SlowWritable();
  const recording = await recordPriceStream(stream, target, { clock, maxBuffered: 1024, flushMs: 10 });
  await clock.advance(10);
  const price = (symbol: string, value: number): void =>
    stream.link.deliver({ symbol, price: value, timestamp: value, receivedAt: START + value });
  let given = 0;
  while (recording.stats().dropped === 0) price(given % 2 ? 'A' : 'B', ++given);
  expect(recording.stats().waiting).toBeLessThanOrEqual(1024);
  await clock.advance(5);
  for (let more = 0; more < 1000; more++) price('A', ++given);
  expect(recording.stats().waiting).toBeLessThanOrEqual(1024);
  expect(recording.stats().dropped).toBe(1001);
  // Nor are the lines kept in the memory of the target.
  const held = target.writableLength;
  await clock.advance(50);
  expect(target.writableLength).toBe(held);
  target.take();
  await clock.settle();
  price('C', ++given);
  const closing = recording.close();
  for (let turn = 0; turn < 5; turn++) {
    target.take();
    await clock.settle();
  }
  await closing;
  expect(target.writableEnded).toBe(false);
  expect(recording.stats()).toMatchObject({ prices: given - 1001, gaps: 1, dropped: 1001, waiting: 0 });
  const lines = target.chunks
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.slice(-3)).toMatchObject([
    { type: 'gap', from: START + 10, to: START + 15, reason: 'overflow', recovered: false },
    { symbol: 'C' },
    { type: 'end' },
  ]);
  expect(lines).toHaveLength(1 + (given - 1001) + 2);
  await stream.disconnect();
  expect([clock.pending, target.listenerCount('drain'), target.listenerCount('error')]).toEqual([0, 0, 0]);
});

test('a failing target ends the recording with one error, and the stream continues', async () => {
  const { clock, stream } = await scripted();
  const errors: TickmarkError[] = [];
  const target = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
  const recording = await recordPriceStream(stream, target, {
    clock,
    flushMs: 1,
    onError: (error) => errors.push(error),
  });
  await clock.advance(1);
  await clock.settle();
  stream.link.deliver({ symbol: 'A', price: 1, timestamp: 1 });
  await clock.advance(1);
  expect(errors.map(({ code, message }) => [code, message.includes('disk full')])).toEqual([
    ['STREAM_FAILED', true],
  ]);
  await expect(recording.close()).rejects.toBe(errors[0]);
  expect([stream.getStatus().state, clock.pending]).toEqual(['subscribed', 0]);
  await stream.disconnect();
});

test('rejects a target that cannot be written and options out of range', async () => {
  const { clock, stream } = await scripted();
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'settled',
      (error: TickmarkError) => error.code,
    );
  expect(await codeOf(recordPriceStream(stream, '', { clock }))).toBe('INVALID_ARGUMENT');
  expect(await codeOf(recordPriceStream(stream, {} as Writable, { clock }))).toBe('INVALID_ARGUMENT');
  expect(await codeOf(recordPriceStream(stream, path(), { clock, flushMs: -1 }))).toBe('INVALID_ARGUMENT');
  expect(await codeOf(recordPriceStream(stream, path(), { clock, maxBuffered: 1 }))).toBe('INVALID_ARGUMENT');
  expect(await codeOf(recordPriceStream(stream, join(folder, 'no', 'where'), { clock }))).toBe(
    'STREAM_FAILED',
  );
  expect(existsSync(join(folder, 'no'))).toBe(false);
});

test('with receivedAt: now, prices and gaps get the time at which they are played', async () => {
  const { clock, stream } = await scripted();
  const file = path();
  const recording = await recordPriceStream(stream, file, { clock });
  stream.link.deliver({ symbol: 'A', price: '1', timestamp: 1 });
  stream.link.deliver({
    type: 'gap',
    from: START - 50,
    to: START,
    symbols: ['A'],
    reason: 'disconnect',
    recovered: false,
  });
  await recording.close();
  const later = new FakeClock({ now: START + 5000 });
  const replay = new ReplayPriceStreamAdapter({
    files: file,
    symbols: 'all',
    receivedAt: 'now',
    clock: later,
  });
  const heard: PriceStreamMessage[] = [];
  replay.onMessage((message) => heard.push({ ...message }));
  await replay.connect();
  await replay.finished;
  expect(heard).toMatchObject([
    { price: '1', timestamp: 1, receivedAt: START + 5000 },
    { type: 'gap', from: START + 4950, to: START + 5000 },
  ]);
});

test('lines of a recording that cannot be read are counted by reason', async () => {
  const header = '{"tickmark":"recording","version":1,"startedAt":1}\n';
  const lines = [
    'x',
    '1',
    '{"symbol":"A","price":"1","timestamp":1}',
    '{"at":1,"type":"gap","from":1}',
    '{"at":1,"type":"status","state":"asleep"}',
    '{"at":1,"type":"status","state":"reconnecting"}',
    '{"at":1,"type":"status","state":"degraded","symbols":[1]}',
    '{"at":1,"type":"tick"}',
    '{"at":1,"symbol":"A","price":"x","timestamp":1}',
    '{"at":1,"symbol":"A","price":"1","timestamp":1,"timeSource":"sun"}',
    '{"at":9,"symbol":"A","price":"1","timestamp":1}',
  ];
  const file = path();
  writeFileSync(file, `${header}${lines.join('\n')}\n`);
  const { messages, stream } = await replayed(file);
  expect(messages).toEqual([{ symbol: 'A', price: '1', timestamp: 1, receivedAt: 9 }]);
  expect(stream.stats()).toMatchObject({
    control: { header: 1 },
    rejected: {
      'malformed-json': 1,
      'unknown-line': 2,
      'bad-time': 1,
      'bad-gap': 1,
      'bad-status': 3,
      'not-a-number': 1,
      'bad-time-source': 1,
    },
  });
  const later = path();
  writeFileSync(later, `${header.replace('1', '2')}${lines.at(-1)!}\n`);
  expect((await replayed(later)).stream.stats().rejected).toEqual({ 'unknown-version': 2 });
});
