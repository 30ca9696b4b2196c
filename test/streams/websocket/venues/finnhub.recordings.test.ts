import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { finnhub, venueConformance, VenueRun } from 'tickmark/websocket';
import { recordings, canUseRecording } from '../../../requirements.js';
import { finnhubTrades } from './prices-of.js';

const AAPL = 'finnhub/aapl-session-2023-03-31.frames.jsonl';
const OTHERS = 'finnhub/other-frames.jsonl';
const textOf = (path: string): string => readFileSync(recordings(path).path, 'utf8');

describe.skipIf(!canUseRecording(AAPL))('recorded frames of Finnhub', () => {
  venueConformance(
    { describe, it },
    {
      venue: () => finnhub({ token: 'token-1' }),
      symbols: ['AAPL', 'BINANCE:BTCUSDT', 'IC MARKETS:1'],
      recordings: [
        { name: AAPL, text: () => textOf(AAPL), pricesOf: finnhubTrades },
        { name: OTHERS, text: () => textOf(OTHERS), pricesOf: finnhubTrades },
      ],
    },
  );

  test.each([AAPL, OTHERS])('%s: times are those of the frames, in their order', (path) => {
    const connection = new VenueRun(finnhub({ token: 'token-1' }), 1_700_000_000_000);
    for (const line of textOf(path).trimEnd().split('\n')) connection.receive(line);
    const written = [...textOf(path).matchAll(/"t":(\d+)/g)].map(([, t]) => Number(t));
    expect(connection.prices.map(({ timestamp }) => timestamp)).toEqual(written);
  });
});
