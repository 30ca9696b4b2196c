import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { binance, venueConformance, VenueRun } from 'tickmark/websocket';
import { readSession } from '../../../../src/streams/websocket/conformance/recorded-session.js';
import { hostileFrames } from '../../../../src/streams/websocket/conformance/hostile-frames.js';
import { scanFrame } from '../../../../src/streams/websocket/venues/binance-frame-scanner.js';
import { FILES } from '../../replay/recording/make-recording.js';
import { bothWays, expectSameReports } from './both-ways.js';
import { binanceTrades } from './prices-of.js';

const NOW = 1_700_000_000_000;
const run = () => new VenueRun(binance(), NOW);
const trade = (id: number, price = '61837.63000000', symbol = 'BTCUSDT') =>
  `{"e":"trade","E":1723161255343,"s":"${symbol}","t":${id},"p":"${price}","q":"0.02000000","T":1723161255342,"m":true,"M":true}`;
const quote = (bid: string, ask: string, symbol = 'BTCUSDT') =>
  `{"u":50093239212,"s":"${symbol}","b":"${bid}","B":"3.78826000","a":"${ask}","A":"1.54698000"}`;

const recording = new URL(`../../replay/recording/${FILES.session}`, import.meta.url);
const session = gunzipSync(readFileSync(recording)).toString();
const madeUpFrames = [...readSession(session)].flatMap(({ data }) =>
  typeof data === 'string' ? [data] : [],
);

venueConformance(
  { describe, it },
  {
    venue: () => binance(),
    symbols: ['BTCUSDT', 'ETHUSDT'],
    recordings: [
      { name: 'the made-up session', text: () => session },
      {
        name: 'frames without times of receipt',
        text: ['{"result":null,"id":1}', trade(7), quote('61837.60000000', '61837.70000000')].join('\n'),
      },
      {
        name: 'frames of trades and of other streams',
        pricesOf: binanceTrades,
        text: [
          ...madeUpFrames.filter((frame) => frame.includes('"e":"trade"')).slice(0, 50),
          '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":640283266,"p":"58942.01000000","q":"0.1","f":1,"l":2,"T":1616176861893,"m":false,"M":true}',
          '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["58942.01","1"]],"a":[]}',
          '{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker","s":"BTCUSDT","c":"58942.01"}]}',
          '{"e":"24hrTicker","E":1,"s":"BTCUSDT","c":"58942.01"}',
          '{"stream":7,"data":{}}',
          '{"stream":"x","data":7}',
        ].join('\n'),
      },
    ],
  },
);

describe('frames of the venue', () => {
  test('a trade has price, venue time, number, and the quotes seen before it', () => {
    const connection = run();
    connection.receive(trade(7));
    connection.receive(quote('61837.60000000', '61837.70000000'));
    connection.receive(trade(8, '61838.00000000'), NOW + 5);
    const [first, quoted, second] = connection.prices;
    expect(first).toEqual({
      symbol: 'BTCUSDT',
      price: '61837.63000000',
      timestamp: 1723161255342,
      receivedAt: NOW,
      sequence: 7,
    });
    expect(quoted).toEqual({
      symbol: 'BTCUSDT',
      price: '61837.63000000',
      timestamp: NOW,
      timeSource: 'received',
      receivedAt: NOW,
      bid: '61837.60000000',
      ask: '61837.70000000',
    });
    expect(second).toMatchObject({ price: '61838.00000000', bid: '61837.60000000', sequence: 8 });
    expect(second!.timeSource).toBeUndefined();
  });

  test('a quote before the first trade gives no price, and goes with that trade', () => {
    const connection = run();
    connection.receive(quote('1.50000000', '1.60000000'));
    expect(connection.prices).toEqual([]);
    expect(connection.stats().control).toEqual({ 'quote-before-trade': 1 });
    connection.receive(trade(1, '1.55000000'));
    expect(connection.prices[0]).toMatchObject({ bid: '1.50000000', ask: '1.60000000' });
  });

  test('a late trade does not become the price of later quotes', () => {
    const connection = run();
    connection.receive(trade(8, '2.00000000'));
    connection.receive(trade(7, '1.00000000'));
    connection.receive(quote('1.90000000', '2.10000000'));
    expect(connection.prices.at(-1)!.price).toBe('2.00000000');
    expect(connection.reports.filter(({ kind }) => kind === 'gap')).toEqual([]);
  });

  test('a jump of the trade number is reported as a gap of that symbol, before the price', () => {
    const connection = run();
    for (const id of [5, 6, 9]) connection.receive(trade(id));
    connection.receive(trade(9, '1.00000000', 'ETHUSDT'));
    const kinds = connection.reports.map(({ kind }) => kind);
    expect(kinds).toEqual(['update', 'update', 'gap', 'update', 'update']);
    expect(connection.reports[2]).toMatchObject({ symbols: ['BTCUSDT'] });
  });

  test('trades while a symbol was unsubscribed are no gap', () => {
    const connection = run();
    connection.receive(trade(5));
    void connection.session.unsubscribe(['BTCUSDT']);
    void connection.session.subscribe(['BTCUSDT']);
    connection.receive(trade(50));
    expect(connection.reports.map(({ kind }) => kind)).toEqual(['update', 'update']);
  });

  test('combined frames are read like plain ones', () => {
    const [plain, combined] = [run(), run()];
    for (const frame of [trade(3), quote('1.00000000', '2.00000000'), trade(4)]) {
      plain.receive(frame);
      combined.receive(`{"stream":"btcusdt@trade","data":${frame}}`);
    }
    expect(combined.reports).toEqual(plain.reports);
  });

  test('answers belong to requests by their id', async () => {
    const connection = run();
    const [first] = await connection.session.subscribe(['BTCUSDT', 'ETHUSDT']);
    const [second] = await connection.session.unsubscribe(['BTCUSDT']);
    expect(JSON.parse(first!)).toEqual({
      method: 'SUBSCRIBE',
      params: ['btcusdt@trade', 'btcusdt@bookTicker', 'ethusdt@trade', 'ethusdt@bookTicker'],
      id: 1,
    });
    expect(JSON.parse(second!)).toMatchObject({ method: 'UNSUBSCRIBE', id: 2 });
    connection.receive('{"result":null,"id":2}');
    connection.receive('{"result":null,"id":1}');
    connection.receive('{"result":null,"id":1}');
    expect(connection.reports).toEqual([{ kind: 'confirmed', symbols: ['BTCUSDT', 'ETHUSDT'] }]);
    expect(connection.stats()).toMatchObject({ unexplained: 0, control: { answer: 2, confirmed: 1 } });
  });

  test('a refused request is split in halves until the bad symbol is found', async () => {
    const connection = run();
    const queue = [...(await connection.session.subscribe(['AAA', 'BBB', 'CCC', 'BAD', 'DDD']))];
    for (let asked = 0; queue.length > 0; asked++) {
      expect(asked).toBeLessThan(12);
      const { params, id } = JSON.parse(queue.shift()!) as { params: string[]; id: number };
      const before = connection.reports.length;
      if (params.includes('bad@trade'))
        connection.receive(`{"error":{"code":2,"msg":"Invalid request"},"id":${id}}`);
      else connection.receive(`{"result":null,"id":${id}}`);
      for (const report of connection.reports.slice(before))
        if (report.kind === 'sent') queue.push(report.text);
    }
    const refused = connection.reports.filter(({ kind }) => kind === 'refused');
    const confirmed = connection.reports.flatMap((each) => (each.kind === 'confirmed' ? each.symbols : []));
    expect(refused).toEqual([{ kind: 'refused', symbol: 'BAD', reason: 'Invalid request' }]);
    expect([...confirmed].sort()).toEqual(['AAA', 'BBB', 'CCC', 'DDD']);
  });

  test('an announced shutdown asks for a new connection', () => {
    for (const frame of [
      '{"e":"serverShutdown","E":1770123456789}',
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    ]) {
      const connection = run();
      connection.receive(frame);
      expect(connection.reports).toEqual([{ kind: 'rotate', why: 'the venue announced a shutdown' }]);
    }
  });

  test('rejects what cannot be a symbol', () => {
    const { symbolFault } = binance();
    expect(symbolFault!('BTCUSDT')).toBeUndefined();
    expect(symbolFault!('币安人生USDT')).toBeUndefined();
    for (const bad of ['btcusdt', 'BTC/USDT', 'BTC USDT', 'BTC@X', 'A"B'])
      expect(symbolFault!(bad)).toMatch(/upper case/);
  });

  test('the limit of symbols follows from the number of streams per symbol', () => {
    expect(binance().limits!.symbolsPerConnection).toBe(512);
    expect(binance({ quotes: false }).limits!.symbolsPerConnection).toBe(1024);
    expect(binance({ url: 'ws://127.0.0.1:1/' }).url).toBe('ws://127.0.0.1:1/ws');
  });
});

describe('reading without JSON.parse', () => {
  test('gives what JSON.parse gives, frame by frame, for the made-up session', () => {
    const { scanned, parsed } = expectSameReports(madeUpFrames);
    expect(scanned.stats()).toEqual(parsed.stats());
    expect(scanned.stats()).toMatchObject({ frames: madeUpFrames.length, unexplained: 0 });
    const slow = madeUpFrames.filter((frame) => scanFrame(frame) === undefined);
    expect(slow.every((frame) => /"result"|"NaN"|"42\.1\.3"/.test(frame))).toBe(true);
  });

  test('gives what JSON.parse gives for frames that are almost right', () => {
    const samples = [
      trade(7),
      quote('1.50000000', '1.60000000'),
      `{"stream":"btcusdt@bookTicker","data":${quote('0.00000000', '1.6')}}`,
      trade(123456789012345),
      trade(7).replace('"T"', '"b":1,"a":2,"T"'),
      '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":640283266,"p":"58942.01000000","q":"0.1","f":1,"l":2,"T":1616176861893,"m":false,"M":true}',
    ];
    expect(samples.map((sample) => scanFrame(sample) !== undefined)).toEqual(samples.map(() => true));
    const strange = [
      ...samples,
      ...samples.flatMap((sample) =>
        [...sample].map((_, at) => `${sample.slice(0, at)}${sample.slice(at + 1)}`),
      ),
      ...samples.flatMap((sample) =>
        [...sample].map((_, at) => `${sample.slice(0, at)}0${sample.slice(at)}`),
      ),
      ...samples.flatMap((sample) =>
        [...sample].map((_, at) => `${sample.slice(0, at)}\\${sample.slice(at)}`),
      ),
      ...samples.flatMap((sample) =>
        [...sample].map((_, at) => `${sample.slice(0, at)}\n${sample.slice(at + 1)}`),
      ),
      ...hostileFrames(samples),
    ];
    for (const frame of strange) {
      const [scanned, parsed] = bothWays();
      for (const connection of [scanned, parsed]) connection.receive(frame);
      const shown = String(frame).slice(0, 200);
      expect(scanned.stats(), shown).toEqual(parsed.stats());
      if (JSON.stringify(scanned.reports) !== JSON.stringify(parsed.reports))
        expect(scanned.reports, shown).toEqual(parsed.reports);
      expect(scanned.stats().unexplained, shown).toBe(0);
    }
  });
});
