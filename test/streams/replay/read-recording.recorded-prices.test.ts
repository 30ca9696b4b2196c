import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { InMemoryPortfolioRepository, markToMarket, Portfolio } from 'tickmark';
import { afterAll, describe, expect, test } from 'vitest';
import { writtenPrices } from './written/written-prices.js';
import { recompute } from '../../../examples/quickstart/recomputation/recompute.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { isGap, type PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import { binanceDecoder } from '../../../src/streams/replay/formats/binance-combined.js';
import {
  readRecording,
  ReplayPriceStreamAdapter,
  sessionRecording,
  type FormatChoice,
} from '../../../src/streams/replay/index.js';
import { binance } from '../../../src/streams/websocket/index.js';
import { pause, until } from '../../waiting.js';
import { FILES, makeRecording } from './recording/make-recording.js';
import { replayed } from './replayed.js';

const folder = fileURLToPath(new URL('recording', import.meta.url));
const pathOf = (name: string): string => join(folder, name);
function textOf(name: string): string {
  const bytes = readFileSync(pathOf(name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}
const linesOf = (name: string): string[] => textOf(name).trimEnd().split('\n');

describe('the files of the recording', () => {
  test('equal the output of the script', async () => {
    for (const [name, text] of await makeRecording()) expect(textOf(name) === text, name).toBe(true);
    expect(new Set(readdirSync(folder))).toEqual(
      new Set([...Object.values(FILES), 'make-recording.ts', 'write-files.ts']),
    );
  });

  test('take less than 200 kB', () => {
    const sizes = readdirSync(folder).map((name) => statSync(pathOf(name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });
});

type Row = readonly [symbol: string, price: string, timestamp: number];
/** Finds the expected prices of a line, by regular expressions. */
type LineReader = (line: string) => Row | undefined;

const jsonReader: LineReader = (line) => {
  const found = /"symbol":"([^"]+)","price":"(\d+\.\d+)","timestamp":(\d+)/.exec(line);
  return found ? [found[1]!, found[2]!, Number(found[3])] : undefined;
};

const csvReader: LineReader = (line) => {
  const found = /^([^,]+),([^,]+),(\d+\.\d+),/.exec(line);
  return found ? [found[2]!, found[3]!, Date.parse(found[1]!)] : undefined;
};

const leanReader =
  (symbol: string): LineReader =>
  (line) => {
    const found = /^(\d+),(\d+),\d+,P,20002020,0$/.exec(line);
    // New York was five hours behind UTC on that day.
    return found
      ? [symbol, String(Number(found[2]) / 10_000), Date.UTC(2025, 2, 3, 5) + Number(found[1])]
      : undefined;
  };

/** A trade is a price; so is a quote after the first trade of its symbol, with the price of that, at the time of receipt. */
function frameReader(): (frame: string, receivedAt: number) => Row | undefined {
  const last = new Map<string, string>();
  return (frame, receivedAt) => {
    const [, symbol = ''] = /"s":"([^"]+)"/.exec(frame) ?? [];
    const [, price, time] = /"p":"(\d+\.\d+)".*"T":(\d+)/.exec(frame) ?? [];
    if (price !== undefined) last.set(symbol, price);
    const known = last.get(symbol);
    if (known === undefined || frame.includes('"p":') !== (price !== undefined)) return undefined;
    return [symbol, known, Number(time ?? receivedAt)];
  };
}

function binanceReader(): LineReader {
  const read = frameReader();
  return (line) => read(line, Number(line.slice(0, 13)));
}

/** The same for frames of a session, where each connection starts without state. */
function sessionReader(): LineReader {
  let read = frameReader();
  return (line) => {
    const { t, ts, data } = JSON.parse(line) as { t: string; ts: number; data?: string };
    if (t === 'connect') read = frameReader();
    return t === 'recv' && data !== undefined ? read(data, ts * 1000) : undefined;
  };
}

interface Case {
  readonly name: string;
  readonly reader: () => LineReader;
  readonly format?: FormatChoice;
  /** Lines without a price, by the name under which they are counted. */
  readonly control: Readonly<Record<string, RegExp>>;
  readonly rejected: Readonly<Record<string, RegExp>>;
}

const CASES: readonly Case[] = [
  {
    name: FILES.tickmark,
    reader: () => jsonReader,
    control: { header: /^\{"tickmark"/, gap: /"type":"gap"/, status: /"type":"status"/, end: /"type":"end"/ },
    rejected: { 'not-a-number': /"price":(null|"42\.1\.3")/ },
  },
  {
    name: FILES.jsonl,
    reader: () => jsonReader,
    control: { gap: /"type":"gap"/ },
    rejected: { 'not-a-number': /"price":(null|"42\.1\.3")/ },
  },
  {
    name: FILES.csv,
    reader: () => csvReader,
    control: { header: /^timestamp/, blank: /^$/ },
    rejected: { 'not-a-number': /,(NaN|42\.1\.3),/ },
  },
  {
    name: FILES.binance,
    reader: binanceReader,
    control: { 'other-frame': /"result"/, 'quotes-before-trade': /@bookTicker.*"u":[01],/ },
    rejected: { 'bad-price': /"p":"(NaN|42\.1\.3)"/ },
  },
  {
    name: FILES.acme,
    reader: () => leanReader('ACME'),
    control: {},
    rejected: { suspicious: /,1$/, 'not-a-number': /NaN/ },
  },
  {
    name: FILES.globex,
    reader: () => leanReader('GLOBEX'),
    control: {},
    rejected: { suspicious: /,1$/, 'not-a-number': /NaN|42\.1\.3/ },
  },
  {
    name: FILES.session,
    reader: sessionReader,
    format: sessionRecording(binance()),
    control: {
      header: /"t":"header"/,
      connect: /"t":"connect"/,
      send: /"t":"send"/,
      answer: /"t":"recv".*result/,
    },
    rejected: { 'bad-price': /\\"p\\":\\"(NaN|42\.1\.3)\\"/, 'malformed-json': /"b64"/ },
  },
];

const rowsOf = (messages: readonly PriceStreamMessage[]): Row[] =>
  messages.flatMap((each) =>
    isGap(each) ? [] : [[each.symbol, String(each.price), each.timestamp] as const],
  );

describe.each(CASES)('$name', ({ name, reader, format, control, rejected }) => {
  test('is played with every line explained, and every price digit for digit', async () => {
    const lines = linesOf(name);
    const { stream, messages } = await replayed(pathOf(name), { format });
    const stats = stream.stats();
    const counts = (patterns: Readonly<Record<string, RegExp>>): Record<string, number> =>
      Object.fromEntries(
        Object.entries(patterns).map(([each, pattern]) => [
          each,
          lines.filter((line) => pattern.test(line)).length,
        ]),
      );
    const written = lines.map(reader()).filter((row) => row !== undefined);
    expect(stats).toMatchObject({ control: counts(control), rejected: counts(rejected) });
    expect([stats.lines, stats.priceLines]).toEqual([lines.length, written.length]);
    const others = [...Object.values(stats.control), ...Object.values(stats.rejected)];
    expect(stats.priceLines + others.reduce((sum, each) => sum + each, 0)).toBe(lines.length);
    expect(others.every((each) => each > 0)).toBe(true);
    expect(rowsOf(messages)).toEqual(written);
    expect(stats.messages).toBe(messages.length);
  });

  test('is read by readRecording() as it is played', async () => {
    const { messages } = await replayed(pathOf(name), { format });
    const read = [];
    for await (const update of readRecording(pathOf(name), { format })) read.push(update);
    expect(read).toEqual(messages.filter((each) => !isGap(each)));
  });
});

test('frames of Binance are read by scanning as they are by JSON.parse', () => {
  const [scanned, parsed] = [binanceDecoder(), binanceDecoder({ scan: false })];
  for (const line of linesOf(FILES.binance)) expect(scanned(line)).toEqual(parsed(line));
});

test('gaps and breaks of the recorded stream are played', async () => {
  const lines = linesOf(FILES.tickmark).map((line) => JSON.parse(line) as Record<string, unknown>);
  const gaps = lines.filter(({ type }) => type === 'gap').map(({ at: _, ...gap }) => gap);
  const { messages, states } = await replayed(pathOf(FILES.tickmark));
  expect(gaps.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['sequence', 'disconnect', 'silence']),
  );
  expect(messages.filter(isGap)).toEqual(gaps);
  expect(states).toEqual([
    'connecting',
    'connected',
    'subscribed',
    'reconnecting',
    'subscribed',
    'disconnected',
  ]);
});

test('a jump of the trade numbers in a session is a gap of that symbol', async () => {
  const { messages } = await replayed(pathOf(FILES.session), { format: sessionRecording(binance()) });
  const numbers = new Map<string, number>();
  const jumps: string[] = [];
  for (const line of linesOf(FILES.session)) {
    if (line.includes('"t":"connect"')) numbers.clear();
    const [, symbol, number] =
      /\\"s\\":\\"([^"\\]+)\\",\\"t\\":(\d+),\\"p\\":\\"\d+\.\d+\\"/.exec(line) ?? [];
    if (symbol === undefined) continue;
    const last = numbers.get(symbol) ?? Number(number) - 1;
    if (Number(number) > last + 1) jumps.push(symbol);
    numbers.set(symbol, Math.max(last, Number(number)));
  }
  expect(jumps.length).toBeGreaterThan(3);
  expect(messages.filter(isGap).map(({ symbols }) => symbols)).toEqual(jumps.map((symbol) => [symbol]));
});

/** Portfolios with the symbols of the files. */
const HOLDINGS = [
  ['long', 'USD', { ACME: '10', GLOBEX: '25', SOLARIS: '7.5' }],
  ['short', 'EUR', { ACME: '-3', SOLARIS: '0.12345678' }],
] as const;
const CURRENCIES: Readonly<Record<string, string>> = { ACME: 'USD', GLOBEX: 'USD', SOLARIS: 'EUR' };

test.each([[[FILES.tickmark]], [[FILES.jsonl]], [[FILES.csv]], [[FILES.csv, FILES.tickmark]]])(
  'portfolios that are marked to %j end with the values recomputed from its text',
  async (names) => {
    const files = names.map(pathOf);
    const portfolios = HOLDINGS.map(([id, currency, quantities]) => ({
      id,
      currency,
      positions: Object.entries(quantities).map(([symbol, quantity]) => ({
        symbol,
        quantity,
        averageCost: '1',
        currency: CURRENCIES[symbol]!,
      })),
    }));
    const repository = new InMemoryPortfolioRepository();
    for (const each of portfolios) await repository.save(Portfolio.create(each));
    const stream = new ReplayPriceStreamAdapter({ files, speed: 'max' });
    const clock = new FakeClock();
    const marking = await markToMarket({
      stream,
      repository,
      clock,
      fx: ['EUR/USD'],
      throttle: false,
      onError: () => undefined,
    });
    await until('the replay ends', async () => {
      await clock.advance();
      return stream.getStatus().state === 'disconnected';
    });
    const flushing = marking.flush();
    await clock.advance(1000);
    await flushing;
    const last = (await writtenPrices(files))!;
    expect([...last.keys()].sort()).toEqual(['ACME', 'EUR/USD', 'GLOBEX', 'SOLARIS']);
    for (const each of portfolios) {
      const { priced, complete } = marking.value(each.id)!;
      const expected = recompute(each, last, ['EUR/USD'], priced.marketValue.scale);
      expect([each.id, priced.marketValue.toString(), complete]).toEqual([each.id, expected, true]);
    }
    const closing = marking.close();
    await clock.advance(1000);
    await closing;
  },
);

/** Replays on a fake clock, which moves only while nothing is being read. Returns each message and its time. */
async function timed(name: string, speed: number): Promise<{ at: number[]; messages: PriceStreamMessage[] }> {
  const clock = new FakeClock();
  const stream = new ReplayPriceStreamAdapter({ files: pathOf(name), speed, symbols: 'all', clock });
  const at: number[] = [];
  const messages: PriceStreamMessage[] = [];
  stream.onMessage((message) => {
    at.push(clock.monotonic());
    messages.push({ ...message });
  });
  await stream.connect();
  while (stream.getStatus().state !== 'disconnected') {
    await clock.runAll(100_000);
    await pause(0);
  }
  return { at, messages };
}

describe('at the recorded pace', () => {
  test.each([1, 10, 0.5])('times %d each message comes when it is due', async (speed) => {
    const { at, messages } = await timed(FILES.tickmark, speed);
    expect(messages).toEqual((await replayed(pathOf(FILES.tickmark))).messages);
    const lines = linesOf(FILES.tickmark).map((line) => JSON.parse(line) as Record<string, unknown>);
    const start = lines[1]!.at as number;
    let latest = 0;
    const due = lines
      .filter(({ type, price }) => type === 'gap' || typeof price === 'string')
      .filter(({ price }) => price !== '42.1.3')
      // A line after a newer one is due at once.
      .map((line) => (latest = Math.max(latest, ((line.at as number) - start) / speed)));
    expect(at).toEqual(due);
    expect(at.at(-1)).toBe(180_000 / speed);
  });

  test.each([FILES.csv, FILES.acme])(
    '%s ends after the time between its first and last price',
    async (name) => {
      const { at, messages } = await timed(name, 1);
      const times = rowsOf(messages).map(([, , timestamp]) => timestamp);
      expect([at[0], at.at(-1)]).toEqual([0, Math.max(...times) - times[0]!]);
    },
  );
});

test('only subscribed symbols are delivered, and the others are counted', async () => {
  const stream = new ReplayPriceStreamAdapter({ files: pathOf(FILES.jsonl), speed: 'max' });
  const heard: PriceStreamMessage[] = [];
  stream.onMessage((message) => heard.push({ ...message }));
  await stream.connect();
  await stream.subscribe(['SOLARIS', 'NOPE']);
  await stream.finished;
  const all = (await replayed(pathOf(FILES.jsonl))).messages;
  expect(heard).toEqual(all.filter((each) => !isGap(each) && each.symbol === 'SOLARIS'));
  expect(stream.stats()).toMatchObject({ messages: heard.length, unsubscribed: all.length - heard.length });
});

describe('a recording that is still being written', () => {
  const own = mkdtempSync(join(tmpdir(), 'tickmark-recorded-'));
  afterAll(() => rmSync(own, { recursive: true }));

  test('is followed to the same messages, wherever it is cut', async () => {
    const text = textOf(FILES.tickmark);
    const file = join(own, 'growing.jsonl');
    writeFileSync(file, text.slice(0, 1000));
    const clock = new FakeClock();
    const stream = new ReplayPriceStreamAdapter({
      files: file,
      speed: 'max',
      symbols: 'all',
      follow: true,
      clock,
    });
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push({ ...message }));
    await stream.connect();
    for (let at = 1000; at < text.length; at += 33_333) {
      appendFileSync(file, text.slice(at, at + 33_333));
      const whole = text.slice(0, at + 33_333).split('\n').length - 1;
      await until(`${whole} lines are read`, async () => {
        await clock.advance(50);
        return stream.stats().lines === whole;
      });
    }
    expect(heard).toEqual((await replayed(pathOf(FILES.tickmark))).messages);
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });
});
