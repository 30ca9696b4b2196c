/**
 * A made-up recording for tests: three minutes of the mock's prices, with every fault it knows, written in each format that
 * `tickmark/replay` reads. The same each time. `npx tsx test/streams/replay/recording/write-files.ts` writes the files beside this one.
 */
import { Writable } from 'node:stream';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { MockPriceStreamAdapter } from '../../../../src/mock/mock-price-stream-adapter.js';
import { isGap, type PriceStreamMessage } from '../../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../../src/core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../../../src/core/prices/price-update.js';
import { recordPriceStream } from '../../../../src/streams/replay/index.js';

/** Half past nine in New York. */
const START = Date.UTC(2025, 2, 3, 14, 30);
const MINUTES = 3;
const SYMBOLS = ['ACME', 'GLOBEX', 'SOLARIS', 'EUR/USD'];
const MIDNIGHT_IN_NEW_YORK = Date.UTC(2025, 2, 3, 5);

/** Names of the files, each with the format it is in. */
export const FILES = {
  tickmark: 'prices.tickmark.jsonl.gz',
  jsonl: 'prices.jsonl.gz',
  csv: 'prices.csv.gz',
  binance: 'prices.binance-combined.txt.gz',
  acme: 'equity_usa_tick_acme_20250303_trade.csv',
  globex: 'equity_usa_tick_globex_20250303_trade.csv.gz',
  session: 'binance.session.jsonl.gz',
} as const;

/** The text of each file, before it is gzipped. */
export async function makeRecording(): Promise<ReadonlyMap<string, string>> {
  const { text, messages } = await recorded();
  return new Map([
    [FILES.tickmark, text],
    [FILES.jsonl, lines(messages.map((message) => JSON.stringify(message)))],
    [FILES.csv, lines(csvLines(messages))],
    [FILES.binance, lines(binanceLines(messages))],
    [FILES.acme, lines(leanLines(messages, 'ACME'))],
    [FILES.globex, lines(leanLines(messages, 'GLOBEX'))],
    [FILES.session, lines(sessionLines(messages))],
  ]);
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

/** The messages of the mock, as `recordPriceStream()` writes them and as a listener receives them. */
async function recorded(): Promise<{ text: string; messages: PriceStreamMessage[] }> {
  const clock = new FakeClock({ now: START });
  const stream = new MockPriceStreamAdapter({
    clock,
    seed: 20,
    volatility: 3,
    symbols: {
      ACME: {
        startPrice: '184.10',
        spread: '0.02',
        currency: 'USD',
        previousClose: '183.95',
        intervalMs: 200,
      },
      GLOBEX: {
        startPrice: '42.1300',
        tickSize: '0.0001',
        spread: '0.0004',
        currency: 'USD',
        intervalMs: 300,
      },
      SOLARIS: { startPrice: '96.3', tickSize: '0.1', currency: 'EUR', intervalMs: 450 },
      'EUR/USD': { startPrice: '1.04859', tickSize: '0.00001', currency: 'USD', intervalMs: 1000 },
    },
    faults: [
      { kind: 'gap', atMs: 20_000, durationMs: 1000, symbols: ['ACME'] },
      { kind: 'duplicate', atMs: 40_000 },
      { kind: 'out-of-order', atMs: 60_000 },
      { kind: 'bad-tick', atMs: 75_000, durationMs: 2000 },
      { kind: 'bad-tick', atMs: 80_000, symbols: ['GLOBEX'], price: '42.1.3' },
      { kind: 'disconnect', atMs: 90_000, durationMs: 4000 },
      { kind: 'silence', atMs: 120_000, durationMs: 5000 },
      { kind: 'half-open', atMs: 150_000, durationMs: 3000 },
    ],
  });
  const chunks: string[] = [];
  const target = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, taken) => {
      chunks.push(chunk);
      taken();
    },
  });
  const messages: PriceStreamMessage[] = [];
  stream.onMessage((message) => messages.push({ ...message }));
  const recording = await recordPriceStream(stream, target, { clock });
  await stream.connect();
  await stream.subscribe(SYMBOLS);
  await clock.advance(MINUTES * 60_000);
  await stream.disconnect();
  await recording.close();
  return { text: chunks.join(''), messages };
}

/** Times are ISO 8601, absent fields are empty, and a gap is a blank line. */
function csvLines(messages: readonly PriceStreamMessage[]): string[] {
  const rows = messages.map((message) => {
    if (isGap(message)) return '';
    const { timestamp, symbol, price, bid = '', ask = '', currency, sequence, previousClose = '' } = message;
    return [
      new Date(timestamp).toISOString(),
      symbol,
      price,
      bid,
      ask,
      currency,
      sequence,
      previousClose,
    ].join();
  });
  return ['timestamp,symbol,price,bid,ask,currency,sequence,previousClose', ...rows];
}

const hasQuotes = ({ bid, ask }: PriceUpdate): boolean => bid !== undefined && ask !== undefined;

function quoteFrame({ symbol, bid, ask }: PriceUpdate, number: number): string {
  return `{"u":${number},"s":"${symbol}","b":"${bid}","B":"3.00","a":"${ask}","A":"5.00"}`;
}

function tradeFrame({ symbol, price, sequence, timestamp }: PriceUpdate): string {
  return `{"e":"trade","E":${timestamp + 1},"s":"${symbol}","t":${sequence},"p":"${price}","q":"2.00","T":${timestamp},"m":true,"M":true}`;
}

/** A quote and a trade for each price; an answer in place of a gap. */
function binanceLines(messages: readonly PriceStreamMessage[]): string[] {
  return messages.flatMap((message, number) => {
    const stamped = (at: number, json: string): string => `${at}${String(number).padStart(6, '0')} ${json}`;
    if (isGap(message)) return [stamped(message.to, '{"result":null,"id":1}')];
    const combined = (stream: string, data: string): string =>
      stamped(message.timestamp, `{"stream":"${message.symbol.toLowerCase()}@${stream}","data":${data}}`);
    const trade = combined('trade', tradeFrame(message));
    return hasQuotes(message) ? [combined('bookTicker', quoteFrame(message, number)), trade] : [trade];
  });
}

/** The trades of one symbol; one that is no newer than that before it is marked as suspicious. */
function leanLines(messages: readonly PriceStreamMessage[], symbol: string): string[] {
  let last = 0;
  return messages.flatMap((message) => {
    if (isGap(message) || message.symbol !== symbol) return [];
    const { price, timestamp, sequence = 0 } = message;
    const isSuspicious = sequence <= last;
    last = Math.max(last, sequence);
    const [whole, decimals = ''] = String(price).split('.');
    const units = /^\d+(\.\d+)?$/.test(String(price)) ? Number(whole + decimals.padEnd(4, '0')) : price;
    return [`${timestamp - MIDNIGHT_IN_NEW_YORK},${units},100,P,20002020,${isSuspicious ? 1 : 0}`];
  });
}

/** A WebSocket session of Binance: a new connection after each break, and after a while a binary frame, which no venue sends. */
function sessionLines(messages: readonly PriceStreamMessage[]): string[] {
  const record = (fields: object): string => JSON.stringify(fields);
  let conn = 0;
  const connected = (at: number): string[] => {
    const ts = at / 1000;
    const id = String(++conn);
    const params = SYMBOLS.map((symbol) => `${symbol.toLowerCase()}@trade`);
    const request = JSON.stringify({ method: 'SUBSCRIBE', params, id: 1 });
    return [
      record({ t: 'connect', conn: id, ts }),
      record({ t: 'send', conn: id, ts, data: request }),
      record({ t: 'recv', conn: id, ts, data: '{"result":null,"id":1}' }),
    ];
  };
  const received = (message: PriceUpdate, number: number): string[] => {
    const { timestamp } = message;
    const recv = (fields: object): string =>
      record({ t: 'recv', conn: String(conn), ts: timestamp / 1000, ...fields });
    const frames = [recv({ data: tradeFrame(message) })];
    if (hasQuotes(message) && number % 10 === 0) frames.push(recv({ data: quoteFrame(message, number) }));
    if (number === 100) frames.push(recv({ b64: Buffer.from([1, 2, 3]).toString('base64') }));
    return frames;
  };
  const isBreak = (gap: PriceStreamGap): boolean => gap.reason === 'disconnect';
  return [
    record({ t: 'header', exchange: 'made up' }),
    ...connected(START),
    ...messages.flatMap((message, number) => {
      if (!isGap(message)) return received(message, number);
      return isBreak(message) ? connected(message.to) : [];
    }),
  ];
}
