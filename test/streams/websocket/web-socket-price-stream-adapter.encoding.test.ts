import zlib from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { PriceStreamMessage, TickmarkError } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import {
  venueConformance,
  VenueRun,
  WebSocketPriceStreamAdapter,
  type Venue,
  type VenueEncoding,
} from 'tickmark/websocket';
import { ScriptedTransport } from '../connection/scripted-transport.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const price = (symbol: string, value: number): string =>
  JSON.stringify({ s: symbol, p: value.toFixed(2), t: 1_700_000_000_000 });

const venueOf = (encoding?: VenueEncoding): Venue => ({
  name: 'encoded',
  url: 'wss://prices.test/live',
  acknowledges: false,
  ...(encoding && { encoding }),
  open: (sink) => ({
    subscribe: (symbols) => [`sub ${symbols.join()}`],
    unsubscribe: (symbols) => [`unsub ${symbols.join()}`],
    receive(frame: string | Uint8Array) {
      if (typeof frame !== 'string') return sink.control('bytes');
      try {
        const { s, p, t } = JSON.parse(frame) ?? {};
        if (typeof p === 'string') sink.update({ symbol: s, price: p, timestamp: t });
        else sink.control('other');
      } catch {
        sink.rejected('not-json');
      }
    },
  }),
});

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function world(encoding?: VenueEncoding, maxFrameBytes = 1000) {
  const clock = new FakeClock();
  const errors: TickmarkError[] = [];
  const transport = new ScriptedTransport((connection) => queueMicrotask(() => connection.open()));
  const adapter = new WebSocketPriceStreamAdapter({
    venue: venueOf(encoding),
    clock,
    transport,
    maxFrameBytes,
    onError: (error) => errors.push(error),
  });
  const prices: string[] = [];
  adapter.onMessage((message: PriceStreamMessage) => {
    if (!('type' in message)) prices.push(String(message.price));
  });
  close = () => adapter.disconnect();
  await adapter.connect();
  await adapter.subscribe(['A']);
  return { adapter, clock, errors, prices, frame: (data: string | Uint8Array) => transport.last.frame(data) };
}

// ccxt#20036.
describe('frames', () => {
  test('in binary are text for the venue, by default', async () => {
    const { frame, prices, adapter } = await world();
    frame(bytes(price('A', 1)));
    frame(price('A', 2));
    frame(new Uint8Array([0xff, 0xfe]));
    expect(prices).toEqual(['1.00', '2.00']);
    expect(adapter.stats()).toMatchObject({ prices: 2, rejected: { 'not-json': 1 }, unexplained: 0 });
  });

  test('in binary are bytes for a venue that wants bytes', async () => {
    const { frame, prices, adapter } = await world('binary');
    frame(bytes('x'));
    frame(price('A', 2));
    expect(prices).toEqual(['2.00']);
    expect(adapter.stats()).toMatchObject({ control: { bytes: 1 } });
  });

  test.each<[VenueEncoding, (text: string) => Uint8Array]>([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate-raw', zlib.deflateRawSync],
  ])(
    'in %s are decompressed, in their order; text frames are left as they are',
    async (encoding, compress) => {
      const { frame, prices, adapter } = await world(encoding);
      for (let at = 1; at <= 50; at++) frame(at % 3 === 0 ? price('A', at) : compress(price('A', at)));
      expect(prices).toEqual(Array.from({ length: 50 }, (_, at) => `${at + 1}.00`));
      expect(adapter.stats()).toMatchObject({ frames: 51 - 1, prices: 50, rejected: {}, unexplained: 0 });
    },
  );

  test('that cannot be decompressed, or are too big after it, are counted, and reported once a minute', async () => {
    const { frame, prices, adapter, errors, clock } = await world('gzip');
    const bomb = zlib.gzipSync(Buffer.alloc(500_000));
    expect(bomb.length).toBeLessThan(1000);
    for (let round = 0; round < 3; round++) {
      frame(bytes('no gzip'));
      frame(bomb);
      frame(zlib.gzipSync(price('A', round + 1)));
    }
    expect(prices).toEqual(['1.00', '2.00', '3.00']);
    expect(adapter.stats()).toMatchObject({
      rejected: { 'bad-compression': 3, 'too-big': 3 },
      unexplained: 0,
    });
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      [
        'MALFORMED_INPUT',
        expect.stringMatching(/^encoded: a frame was dropped \(bad-compression\): it is not gzip/),
      ],
      ['MALFORMED_INPUT', expect.stringMatching(/too-big\): it has more than maxFrameBytes, 1000/)],
    ]);
    expect(adapter.getStatus().state).toBe('subscribed');
    await clock.advance(61_000);
    frame(bomb);
    expect(errors).toHaveLength(3);
  });

  test('have an encoding that is known', () => {
    const venue = venueOf('brotli' as VenueEncoding);
    expect(() => new WebSocketPriceStreamAdapter({ venue })).toThrow(
      /venue\.encoding: expected text or binary or gzip or deflate or deflate-raw, got "brotli"/,
    );
  });
});

test('the kit passes binary frames as the adapter does', () => {
  const text = new VenueRun(venueOf(), 1);
  text.receive(bytes(price('A', 1)));
  expect(text.prices.map(({ price: each }) => each)).toEqual(['1.00']);
  const binary = new VenueRun(venueOf('binary'), 1);
  binary.receive(bytes(price('A', 1)));
  expect(binary.stats().control).toEqual({ bytes: 1 });
});

const line = (at: number): string =>
  JSON.stringify({
    t: 'recv',
    conn: '1',
    ts: 1_700_000_000 + at,
    b64: zlib.gzipSync(price('A', at)).toString('base64'),
  });

venueConformance(
  { describe, it: test },
  {
    venue: () => venueOf('gzip'),
    symbols: ['A'],
    recordings: [{ name: 'compressed frames', text: [1, 2, 3].map(line).join('\n') }],
  },
);
