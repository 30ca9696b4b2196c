import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { kraken, venueConformance, VenueRun } from 'tickmark/websocket';
import { recordings, canUseRecording } from '../../../requirements.js';
import { krakenTickers } from './prices-of.js';

const LIVE = 'kraken/v2-live-2026-10-03.session.jsonl';
const DOCUMENTED = 'kraken/v2-docs-frames.jsonl';
const VERSION_1 = 'kraken/cryptofeed-v1-2021-04-17.session.jsonl';

const NOW = 1_791_000_000_000;
const textOf = (path: string) => () => readFileSync(recordings(path).path, 'utf8');

describe.skipIf(!canUseRecording(LIVE))('recorded sessions of Kraken', () => {
  venueConformance(
    { describe, it },
    {
      venue: () => kraken(),
      symbols: ['BTC/USD', 'ALGO/USD'],
      recordings: [
        { name: LIVE, text: textOf(LIVE), pricesOf: krakenTickers },
        { name: DOCUMENTED, text: textOf(DOCUMENTED), pricesOf: krakenTickers },
        // Frames of version 1: rejected by name, without a price.
        { name: VERSION_1, text: textOf(VERSION_1), pricesOf: () => [] },
      ],
    },
  );

  test('a live ticker keeps the zeros that numbers lose', () => {
    const connection = new VenueRun(kraken(), NOW);
    for (const line of textOf(LIVE)().trimEnd().split('\n')) {
      const { t, data } = JSON.parse(line) as { t: string; data: string };
      if (t === 'recv') connection.receive(data);
    }
    expect(connection.prices).toEqual([
      {
        symbol: 'ALGO/USD',
        price: '0.13110',
        bid: '0.13099',
        ask: '0.13108',
        timestamp: Date.UTC(2026, 9, 3, 20, 58, 33, 794),
        receivedAt: NOW,
      },
    ]);
    expect(connection.stats()).toMatchObject({
      control: { status: 1, confirmed: 1 },
      rejected: {},
      unexplained: 0,
    });
  });
});
