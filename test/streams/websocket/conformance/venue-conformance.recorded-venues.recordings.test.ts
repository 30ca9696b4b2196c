import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { sessionRecording } from 'tickmark/replay';
import { alpaca, venueConformance, type Venue, type VenueRecording } from 'tickmark/websocket';
import { readSession } from '../../../../src/streams/websocket/conformance/recorded-session.js';
import type { PriceUpdate } from 'tickmark';
import { recordings, canUseRecording } from '../../../requirements.js';
import { replayed } from '../../replay/replayed.js';
import { bybit, massive, okx } from '../venues/recorded-venues.js';

const BYBIT = 'bybit/cryptofeed-v5-2026-08-09.session.jsonl';
const OKX = 'okx/cryptofeed-v5-2022-05-13.session.jsonl';
const MASSIVE = 'massive/live-probe-2026-09.session.jsonl';
const STATUS = 'massive/status-frames.jsonl';
const SPEC = 'massive/websocket-spec-examples.jsonl';
const ALPACA = 'alpaca/docs-wscat-session-sip-2023-04-06.session.jsonl';

const isThere = canUseRecording(BYBIT);
const textOf = (path: string): string => readFileSync(recordings(path).path, 'utf8');
const framesOf = (path: string): string[] => [...readSession(textOf(path))].map(({ data }) => String(data));
const recording = (name: string, more: Partial<VenueRecording> = {}): VenueRecording => ({
  name,
  text: () => textOf(name),
  ...more,
});

const KITS: readonly { venue: Venue; symbols: string[]; recordings: VenueRecording[] }[] = [
  { venue: bybit, symbols: ['BTCUSDT', 'ETHUSDT'], recordings: [recording(BYBIT, {})] },
  { venue: okx, symbols: ['BTC-USDT', 'UNI-USD-SWAP'], recordings: [recording(OKX, {})] },
  {
    venue: massive,
    symbols: ['AAPL', 'MSFT'],
    recordings: [recording(MASSIVE, {}), recording(SPEC, {})],
  },
];
for (const { venue, ...rest } of KITS)
  describe.skipIf(!isThere)(venue.name, () =>
    venueConformance({ describe, it }, { ...rest, venue: () => venue }),
  );

async function played(path: string, venue: Venue) {
  const { stream, messages } = await replayed(recordings(path).path, { format: sessionRecording(venue) });
  return { updates: messages as readonly PriceUpdate[], stats: stream.stats() };
}

const field = (frame: string, name: string): string | undefined =>
  new RegExp(`"${name}":"?([^",}\\]]+)`).exec(frame)?.[1];
type Row = readonly (string | number | undefined)[];
const rowOf = ({ symbol, price, bid, ask, timestamp }: PriceUpdate): Row => [
  symbol,
  price,
  bid,
  ask,
  timestamp,
];

/** What a frame must come to, by regular expressions. */
const READERS: Record<string, () => (frame: string) => Row[]> = {
  [BYBIT]: () => {
    const known = new Map<string, (string | undefined)[]>();
    return (frame) => {
      if (frame.includes('"topic":"publicTrade.')) {
        return frame
          .split('{"T"')
          .slice(1)
          .map((part) => {
            const trade = `{"T"${part}`;
            return [field(trade, 's'), field(trade, 'p'), undefined, undefined, Number(field(trade, 'T'))];
          });
      }
      if (!frame.includes('"topic":"tickers.')) return [];
      const symbol = field(frame, 'symbol')!;
      const before = known.get(symbol) ?? [];
      const now = ['lastPrice', 'bid1Price', 'ask1Price'].map((name, at) => field(frame, name) ?? before[at]);
      known.set(symbol, now);
      return [[symbol, ...now, Number(field(frame, 'ts'))]];
    };
  },
  [OKX]: () => (frame) => {
    const isTrade = frame.includes('"channel":"trades"');
    if (frame.includes('"event"') || !(isTrade || frame.includes('"channel":"tickers"'))) return [];
    const parts = frame.slice(frame.indexOf('"data"')).split('},{');
    return parts.map((part) => [
      field(part, 'instId'),
      field(part, isTrade ? 'px' : 'last'),
      field(part, 'bidPx'),
      field(part, 'askPx'),
      Number(field(part, 'ts')),
    ]);
  },
};

describe.skipIf(!isThere)('recorded sessions through the session reader', () => {
  test.each([
    [BYBIT, bybit, { 'other-topic': 1019, answer: 17 }],
    [OKX, okx, { 'other-channel': 136, confirmed: 18 }],
  ])('%s: every frame is explained, and the prices are those of the file', async (path, venue, kinds) => {
    const { updates, stats } = await played(path, venue);
    const read = READERS[path]!();
    const written = framesOf(path).flatMap(read);
    expect(updates.map(rowOf)).toEqual(written);
    expect(written.length).toBeGreaterThan(50);
    expect(stats.rejected).toEqual({});
    const { header: _, connect: __, send: ___, ...control } = stats.control;
    expect(control).toEqual(kinds);
    const frames = framesOf(path).length;
    expect(stats.priceLines + Object.values(control).reduce((sum, count) => sum + count, 0)).toBe(frames);
  });

  test(`${MASSIVE}: the login, an answer and a bar are explained`, async () => {
    const { updates, stats } = await played(MASSIVE, massive);
    expect(updates).toEqual([]);
    expect(stats).toMatchObject({
      rejected: {},
      control: { connect: 1, send: 2, greeting: 1, ready: 1, confirmed: 1, 'other-event': 1 },
    });
  });

  test(`${ALPACA}: every trade is a price, and every frame is explained`, async () => {
    const { updates, stats } = await played(ALPACA, alpaca({ key: 'k', secret: 's' }));
    const written = [...textOf(ALPACA).matchAll(/\\"T\\":\\"t\\",\\"S\\":\\"(\w+)\\".*?\\"p\\":([\d.]+)/g)];
    expect(updates.map(({ symbol, price }) => [symbol, price])).toEqual(
      written.map(([, symbol, price]) => [symbol, price]),
    );
    expect(written).toHaveLength(3);
    expect(stats.rejected).toEqual({});
  });
});

test.skipIf(!isThere)(`${STATUS}: a refused key is fatal`, () => {
  const said: string[] = [];
  const sink = { fatal: (code: string, message: string) => said.push(`${code} ${message}`) };
  const others = {
    control: () => 0,
    ready: () => 0,
    confirmed: () => 0,
    send: () => 0,
    rejected: () => said.push('rejected'),
  };
  const session = massive.open({ ...others, ...sink } as never);
  for (const frame of framesOf(STATUS)) session.receive(frame, 0);
  expect(said).toEqual([
    'UNAUTHORIZED authentication failed',
    "UNAUTHORIZED Your plan doesn't include websocket access.",
  ]);
});
