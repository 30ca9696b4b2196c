import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { binanceDecoder } from '../../../src/streams/replay/formats/binance-combined.js';
import { readRecording, type LineCounts, type ReplayStats } from '../../../src/streams/replay/index.js';
import { recordings, canUseRecording } from '../../requirements.js';
import { replayed } from './replayed.js';

const BINANCE = 'replay/binance-spot-btcusdt-ethusdt-20240808T2354Z-20240809T0005Z.bookTicker+trade.txt.gz';
const IBM = ['07', '08'].map((day) => `replay/lean-equity_usa_tick_ibm_201310${day}_trade.csv.gz`);

const textOf = (path: string): string => gunzipSync(readFileSync(recordings(path).path)).toString('latin1');

async function replay(path: string): Promise<{ updates: PriceUpdate[]; stats: ReplayStats }> {
  const { stream, messages } = await replayed(recordings(path).path);
  return { updates: messages as PriceUpdate[], stats: stream.stats() };
}

describe.skipIf(!canUseRecording(BINANCE))('166,351 Binance frames', () => {
  test('have every line explained, and give the prices of the file', async () => {
    const { updates, stats } = await replay(BINANCE);
    expect(stats).toMatchObject({
      lines: 166_351,
      priceLines: 166_339,
      messages: 166_339,
      control: { 'quotes-before-trade': 12 },
      rejected: {},
    });
    const trades = [...textOf(BINANCE).matchAll(/"s":"(\w+)","t":(\d+),"p":"([\d.]+)".*?"T":(\d+)/g)];
    const delivered = updates.filter(({ timeSource }) => timeSource === undefined);
    expect(
      delivered.map(({ symbol, sequence, price, timestamp }) => [symbol, sequence, price, timestamp]),
    ).toEqual(
      trades.map(([, symbol, sequence, price, timestamp]) => [
        symbol,
        Number(sequence),
        price,
        Number(timestamp),
      ]),
    );
    const lastTrade = new Map(trades.map(([, symbol, , price]) => [symbol, price]));
    const lastPrice = new Map(updates.map(({ symbol, price }) => [symbol, price]));
    expect(lastPrice).toEqual(lastTrade);
    expect([...lastPrice.keys()].sort()).toEqual(['BTCUSDT', 'ETHUSDT']);
  });

  test('give the quotes of the file, with the time of receipt', async () => {
    const { updates } = await replay(BINANCE);
    const text = textOf(BINANCE);
    const quotes = [...text.matchAll(/^(\d{13})\d{6} .*?"s":"(\w+)","b":"([\d.]+)".*?"a":"([\d.]+)"/gm)];
    const firstTrade = (symbol: string): number =>
      text.indexOf(`"e":"trade"`, text.indexOf(`${symbol}@trade`));
    const firstTrades = new Map(
      [...new Set(quotes.map((quote) => quote[2]!))].map((each) => [each, firstTrade(each.toLowerCase())]),
    );
    const delivered = updates.filter(({ timeSource }) => timeSource === 'received');
    expect(quotes).toHaveLength(131_932);
    expect(
      delivered.map(({ receivedAt, timestamp, symbol, bid, ask }) => [
        receivedAt,
        timestamp,
        symbol,
        bid,
        ask,
      ]),
    ).toEqual(
      quotes
        .filter(({ index, 2: symbol }) => index > firstTrades.get(symbol!)!)
        .map(([, ms, symbol, bid, ask]) => [Number(ms), Number(ms), symbol, bid, ask]),
    );
  });

  test('are read by scanning as they are by JSON.parse', () => {
    const [scanned, parsed] = [binanceDecoder(), binanceDecoder({ scan: false })];
    const lines = textOf(BINANCE).split('\n');
    const differing = lines.filter((line) => {
      const [a, b] = [scanned(line), parsed(line)];
      return JSON.stringify(a) !== JSON.stringify(b);
    });
    expect(differing).toEqual([]);
  });
});

describe.each(IBM)('%s', (path) => {
  test.skipIf(!canUseRecording(path))(
    'is all explained, and gives the prices that stand in the file',
    async () => {
      const rows = [...textOf(path).matchAll(/^(\d+),(\d+),\d+,\w,\w+,([01])$/gm)];
      let counts: LineCounts | undefined;
      const updates: PriceUpdate[] = [];
      for await (const update of readRecording(recordings(path).path, { onEnd: (each) => (counts = each) }))
        updates.push(update);
      expect(counts).toMatchObject({
        lines: rows.length,
        priceLines: rows.length,
        control: {},
        rejected: {},
      });
      expect(updates.map(({ price }) => Math.round(Number(price) * 10_000))).toEqual(
        rows.map((row) => Number(row[2])),
      );
      const day = Number(/201310(\d\d)/.exec(path)![1]);
      // New York was four hours behind UTC that week.
      const midnight = Date.UTC(2013, 9, day, 4);
      expect(updates.map(({ timestamp }) => timestamp - midnight)).toEqual(rows.map((row) => Number(row[1])));
      expect(new Set(updates.map(({ symbol }) => symbol))).toEqual(new Set(['IBM']));
    },
  );
});
