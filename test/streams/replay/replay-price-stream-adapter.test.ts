import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import {
  controlLine,
  readRecording,
  rejectedLine,
  ReplayPriceStreamAdapter,
  type LineCounts,
  type RecordingFormat,
  type ReplayPriceStreamAdapterOptions,
  type ReplayProgress,
} from '../../../src/streams/replay/index.js';
import { replayed } from './replayed.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(content: string | Uint8Array, name = `${++count}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const HEADER = 'timestamp,symbol,price\n';
/** The times of these files are too small to show their unit. */
const MS = { timeUnit: 'ms' } as const;
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'settled',
    (error: TickmarkError) => error.code,
  );

/** Plays everything at full speed: messages as `A 1.5`. */
async function played(
  files: string | string[],
  options: Partial<ReplayPriceStreamAdapterOptions> = {},
): Promise<{ log: string[]; stream: ReplayPriceStreamAdapter }> {
  const { messages, stream } = await replayed(files, { ...MS, ...options });
  const log = messages.map(
    (message) => `${(message as PriceUpdate).symbol} ${(message as PriceUpdate).price}`,
  );
  return { log, stream };
}

describe('a replay', () => {
  test('plays files one after the other, gzipped or not by content, and ends', async () => {
    const first = file(`${HEADER}1,A,1\n2,B,2\n`);
    const zipped = file(gzipSync(`${HEADER}3,A,3\n`));
    const { log, stream } = await played([first, zipped]);
    expect(log).toEqual(['A 1', 'B 2', 'A 3']);
    expect(stream.getStatus().state).toBe('disconnected');
    expect(stream.stats()).toMatchObject({
      lines: 5,
      priceLines: 3,
      control: { header: 2 },
      rejected: {},
      messages: 3,
    });
  });

  test('reads all members of a gzip file, a byte order mark, blank lines, and a last line without a line break', async () => {
    const members = [`\uFEFF${HEADER}1,A,1\n`, '\r\n  \n2,B,2'].map((text) => gzipSync(text));
    const { log, stream } = await played(file(Buffer.concat(members)));
    expect(log).toEqual(['A 1', 'B 2']);
    expect(stream.stats()).toMatchObject({ lines: 5, control: { header: 1, blank: 2 } });
  });

  test('counts lines that it cannot read by reason, and continues', async () => {
    const content = `${HEADER}1,A,1\n1,A\nx,A,1\n${'y'.repeat(1024 * 1024 + 1)}\n1,A,x\n2,A,2\n`;
    const { log, stream } = await played(file(content));
    expect(log).toEqual(['A 1', 'A 2']);
    expect(stream.stats()).toMatchObject({
      lines: 7,
      priceLines: 2,
      rejected: { 'wrong-number-of-fields': 1, 'bad-timestamp': 1, 'line-too-long': 1, 'not-a-number': 1 },
    });
  });

  test('of an empty file ends at once', async () => {
    const { log, stream } = await played(file(''));
    expect(log).toEqual([]);
    expect(stream.stats().lines).toBe(0);
  });

  test('can be played again', async () => {
    const { messages, stream } = await replayed(file(`${HEADER}1,A,1\n`), MS);
    await stream.connect();
    await stream.finished;
    expect(messages).toMatchObject([
      { symbol: 'A', price: '1' },
      { symbol: 'A', price: '1' },
    ]);
  });

  test('begins with the first subscribe() and delivers what is subscribed', async () => {
    const files = file(`${HEADER}1,A,1\n2,B,2\n3,A,3\n`);
    const stream = new ReplayPriceStreamAdapter({ ...MS, files, speed: 'max' });
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push(message));
    await stream.connect();
    // Meanwhile, another replay of the same file ends.
    await replayed(files, MS);
    expect(stream.stats().lines).toBe(0);
    await stream.subscribe(['A']);
    expect(heard).toEqual([]);
    await stream.finished;
    expect(heard.map((message) => (message as PriceUpdate).price)).toEqual(['1', '3']);
    expect(stream.stats()).toMatchObject({ messages: 2, unsubscribed: 1 });
  });

  test('with symbols: all, subscribes each symbol at its first price', async () => {
    const states: string[] = [];
    let symbols: readonly string[] = [];
    const path = file(`${HEADER}1,B,1\n2,A,2\n3,B,3\n`);
    const stream = new ReplayPriceStreamAdapter({ ...MS, files: path, speed: 'max', symbols: 'all' });
    stream.onStatus(({ state }) => states.push(state));
    stream.onMessage(() => (symbols = stream.getSubscribedSymbols()));
    await stream.connect();
    await stream.finished;
    expect(symbols).toEqual(['B', 'A']);
    expect(states).toEqual(['connecting', 'connected', 'subscribed', 'disconnected']);
  });

  test('ends iterators only after they have read the last prices', async () => {
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(`${HEADER}1,A,1\n2,B,2\n3,A,3\n`),
      speed: 'max',
      symbols: 'all',
    });
    const reader = stream[Symbol.asyncIterator]();
    await stream.connect();
    await stream.finished;
    const seen: unknown[] = [];
    for (let each = await reader.next(); !each.done; each = await reader.next())
      seen.push((each.value as PriceUpdate).price);
    expect(seen).toEqual(['3', '2']);
  });

  test('gives other work a turn at least every 1,000 messages', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `${index},A,1\n`).join('');
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(HEADER + lines),
      speed: 'max',
      symbols: 'all',
    });
    await stream.connect();
    let most = 0;
    let before = 0;
    while (stream.getStatus().state !== 'disconnected') {
      await nextTurn();
      const { messages } = stream.stats();
      most = Math.max(most, messages - before);
      before = messages;
    }
    expect(before).toBe(10_000);
    expect(most).toBeLessThanOrEqual(1000);
  });

  test('with receivedAt: now, gives prices the time at which they are played', async () => {
    const clock = new FakeClock();
    const lines = [
      { symbol: 'A', price: 1, timestamp: 5, receivedAt: 6 },
      { symbol: 'A', price: 2, timestamp: 7, timeSource: 'received' },
    ];
    const path = file(lines.map((line) => JSON.stringify(line)).join('\n'));
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: path,
      speed: 'max',
      symbols: 'all',
      receivedAt: 'now',
      clock,
    });
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push(message));
    await stream.connect();
    while (stream.getStatus().state !== 'disconnected') await clock.advance();
    const now = clock.now();
    expect(heard).toEqual([
      { symbol: 'A', price: 1, timestamp: 5, receivedAt: now },
      { symbol: 'A', price: 2, timestamp: now, timeSource: 'received', receivedAt: now },
    ]);
  });
});

describe('a replay at a given speed', () => {
  test.each([
    [1, [0, 1000, 1000, 3000]],
    [10, [0, 100, 100, 300]],
    [0.5, [0, 2000, 2000, 6000]],
  ])('of %s delivers prices by their recorded times', async (speed, expected) => {
    const clock = new FakeClock();
    const path = file(`${HEADER}10000,A,1\n11000,A,2\n10500,A,3\n13000,A,4\n`);
    const stream = new ReplayPriceStreamAdapter({ ...MS, files: path, speed, symbols: 'all', clock });
    const at: number[] = [];
    const start = clock.monotonic();
    stream.onMessage(() => at.push(clock.monotonic() - start));
    await stream.connect();
    // The file is read in real time, so the test waits for that before it advances the clock.
    while (at.length === 0) await clock.advance();
    while (stream.getStatus().state !== 'disconnected') await clock.advance(clock.pending > 0 ? 50 : 0);
    expect(at).toEqual(expected);
  });

  test('waits out a pause that is longer than a timer can be', async () => {
    const clock = new FakeClock();
    const days = 30 * 86_400_000;
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(`${HEADER}0,A,1\n${days},A,2\n`),
      symbols: 'all',
      clock,
    });
    const at: number[] = [];
    stream.onMessage(() => at.push(clock.monotonic()));
    await stream.connect();
    while (at.length === 0) await clock.advance();
    while (clock.pending === 0) await clock.advance();
    await clock.advance(days);
    expect(at).toEqual([0, days]);
    await stream.disconnect();
  });
});

describe('disconnect()', () => {
  test('stops a replay that waits, and leaves no timer', async () => {
    const clock = new FakeClock();
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(`${HEADER}0,A,1\n9999,A,2\n`),
      symbols: 'all',
      clock,
    });
    let heard = 0;
    stream.onMessage(() => heard++);
    await stream.connect();
    while (heard === 0) await clock.advance();
    while (clock.pending === 0) await clock.advance();
    const { finished } = stream;
    await stream.disconnect();
    expect(clock.pending).toBe(0);
    expect(await codeOf(finished)).toBe('CLOSED');
    await clock.advance(20_000);
    expect(heard).toBe(1);
  });

  test('stops a replay right after connect(), and in the middle of a chunk', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index},A,1\n`).join('');
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(HEADER + lines),
      speed: 'max',
      symbols: 'all',
    });
    await stream.connect();
    await stream.disconnect();
    expect(stream.stats().messages).toBe(0);
    let closing: Promise<void> | undefined;
    stream.onMessage(() => {
      if (stream.stats().messages === 1500) closing = stream.disconnect();
    });
    await stream.connect();
    expect(await codeOf(stream.finished)).toBe('CLOSED');
    await closing;
    expect(stream.stats().messages).toBe(1500);
  });
});

describe('files and options that cannot be used', () => {
  test('a missing file fails connect() with STREAM_FAILED, which names it and has the cause', async () => {
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: [file(HEADER), join(folder, 'nowhere.csv')],
    });
    const error = await stream.connect().catch((each: TickmarkError) => each);
    expect(error).toMatchObject({ code: 'STREAM_FAILED', cause: { code: 'ENOENT' } });
    expect((error as Error).message).toMatch(
      /nowhere\.csv.*binance-combined, lean, tardis, binance-vision, yfinance, ohlc, csv, jsonl/,
    );
    expect(await codeOf(stream.finished)).toBe('STREAM_FAILED');
  });

  test('a folder fails connect() with STREAM_FAILED', async () => {
    expect(await codeOf(new ReplayPriceStreamAdapter({ ...MS, files: folder }).connect())).toBe(
      'STREAM_FAILED',
    );
  });

  test('a file of unknown format fails connect() with MALFORMED_INPUT, which lists the formats', async () => {
    const stream = new ReplayPriceStreamAdapter({ ...MS, files: file('\n1;A;2\n') });
    const error = await stream.connect().catch((each: TickmarkError) => each);
    expect(error).toMatchObject({ code: 'MALFORMED_INPUT' });
    expect((error as Error).message).toMatch(
      /binance-combined, lean, tardis, binance-vision, yfinance, ohlc, csv, jsonl/,
    );
  });

  test('a gzip file that is cut short fails the replay after the lines that can be read', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `${index},A,${(index * 7919) % 1009}\n`).join(
      '',
    );
    const zipped = gzipSync(HEADER + lines);
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: file(zipped.subarray(0, zipped.length - 100)),
      speed: 'max',
      symbols: 'all',
    });
    await stream.connect();
    expect(await codeOf(stream.finished)).toBe('STREAM_FAILED');
    expect(stream.getStatus()).toMatchObject({ state: 'failed', error: { code: 'STREAM_FAILED' } });
    expect(stream.stats().messages).toBeGreaterThan(10_000);
  });

  test.each<[Partial<ReplayPriceStreamAdapterOptions>, string]>([
    [{ files: [] }, 'files'],
    [{ files: '' }, 'files'],
    [{ files: [7 as unknown as string] }, 'files'],
    [{ speed: 0 }, 'speed'],
    [{ speed: NaN }, 'speed'],
    [{ speed: Infinity }, 'speed'],
    [{ speed: 'fast' as 'max' }, 'speed'],
    [{ symbols: '*' as 'all' }, 'symbols'],
    [{ receivedAt: 'then' as 'now' }, 'receivedAt'],
    [{ format: 'xml' as 'csv' }, 'format'],
  ])('%j is rejected with INVALID_ARGUMENT, which names the option', (options, name) => {
    const thrown = (): unknown => new ReplayPriceStreamAdapter({ ...MS, files: 'x', ...options });
    expect(thrown).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(thrown).toThrow(name);
  });
});

describe('a custom format', () => {
  const ownLines: RecordingFormat = {
    name: 'own',
    detect: () => true,
    decoder: (recorded) => (line) => {
      if (line === 'boom') throw new Error('boom');
      if (line === '#') return controlLine('comment');
      if (line === '?') return rejectedLine('question');
      const prices = line.split(' ').map(Number);
      return prices.map((price, index) => ({ symbol: recorded.name, price, timestamp: index }));
    },
  };

  test('may give several prices or a note for a line, and may throw', async () => {
    const path = file('1 2\n#\n?\nboom\n3', 'own.txt');
    const { log, stream } = await played(path, { format: ownLines });
    expect(log).toEqual(['own.txt 1', 'own.txt 2', 'own.txt 3']);
    expect(stream.stats()).toMatchObject({
      lines: 5,
      priceLines: 2,
      control: { comment: 1 },
      rejected: { question: 1, 'decoder-threw': 1 },
    });
  });

  test('a built-in format can be chosen by name', async () => {
    const { log, stream } = await played(file(`garbage\n${HEADER}1,A,1\n`), { format: 'csv' });
    expect(log).toEqual(['A 1']);
    expect(stream.stats().rejected).toEqual({ 'no-header': 1 });
  });
});

describe('onProgress', () => {
  test('is called at most once a percent up to 100, and may throw', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},A,${index % 97}\n`).join('');
    const path = file(HEADER + lines);
    const told: ReplayProgress[] = [];
    const errors: string[] = [];
    const clock = new FakeClock();
    const stream = new ReplayPriceStreamAdapter({
      ...MS,
      files: [path, path],
      speed: 'max',
      symbols: 'all',
      clock,
      onProgress: (progress) => {
        told.push(progress);
        throw new Error('boom');
      },
      onError: ({ code }) => errors.push(code),
    });
    await stream.connect();
    while (stream.getStatus().state !== 'disconnected') await clock.advance();
    const percents = told.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(told.length).toBeLessThanOrEqual(101);
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toMatchObject({ file: path, percent: 100, lines: 40_002, messages: 40_000 });
    expect(told.at(-1)!.bytesRead).toBe(told.at(-1)!.bytesTotal);
    expect(new Set(errors)).toEqual(new Set(['HANDLER_FAILED']));
    expect(stream.getStatus().state).toBe('disconnected');
  });
});

describe('readRecording()', () => {
  test('yields the prices, and calls onEnd with the counts', async () => {
    const path = file(gzipSync(`${HEADER}1,A,1\nbad\n2,B,2\n`));
    let counts: LineCounts | undefined;
    const symbols: string[] = [];
    for await (const { symbol } of readRecording(path, { ...MS, onEnd: (each) => (counts = each) }))
      symbols.push(symbol);
    expect(symbols).toEqual(['A', 'B']);
    expect(counts).toEqual({
      lines: 4,
      priceLines: 2,
      control: { header: 1 },
      rejected: { 'wrong-number-of-fields': 1 },
      firstRejected: { 'wrong-number-of-fields': { file: path, line: 3, text: 'bad' } },
      files: [{ file: path, format: 'csv', assumed: [] }],
    });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('a full disk');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a full disk'))],
  ])('fails if onEnd %s', async (_how, onEnd) => {
    const path = file(`${HEADER}1,A,1\n`);
    const read = async (): Promise<string[]> => {
      const symbols: string[] = [];
      for await (const { symbol } of readRecording(path, { ...MS, onEnd })) symbols.push(symbol);
      return symbols;
    };
    await expect(read()).rejects.toThrow('a full disk');
  });

  test('can be left early, and ends when its signal is aborted', async () => {
    const path = file(`${HEADER}1,A,1\n2,B,2\n`);
    for await (const { symbol } of readRecording(path, MS)) {
      expect(symbol).toBe('A');
      break;
    }
    const aborted = AbortSignal.abort();
    for await (const _ of readRecording(path, { signal: aborted })) expect.unreachable();
  });

  test('fails for a file that is missing or of unknown format', async () => {
    const first = (path: string): Promise<unknown> => readRecording(path)[Symbol.asyncIterator]().next();
    expect(await codeOf(first(join(folder, 'nowhere.csv')))).toBe('STREAM_FAILED');
    expect(await codeOf(first(file('what is this')))).toBe('MALFORMED_INPUT');
    expect(() => readRecording('x', { format: 'xml' as 'csv' })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
