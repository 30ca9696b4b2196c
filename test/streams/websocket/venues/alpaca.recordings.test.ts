import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { alpaca, venueConformance, VenueRun } from 'tickmark/websocket';
import { recordings, canUseRecording } from '../../../requirements.js';
import { alpacaTrades } from './prices-of.js';

const FOLDER = 'alpaca';
const SIP = `${FOLDER}/docs-wscat-session-sip-2023-04-06.session.jsonl`;
const TEST = `${FOLDER}/docs-wscat-session-test-2024-07-24.session.jsonl`;
const EXAMPLES = `${FOLDER}/docs-examples.jsonl`;

const KEYS = { key: 'key-1', secret: 'secret-1' };
const textOf = (path: string): string => readFileSync(recordings(path).path, 'utf8');

describe.skipIf(!canUseRecording(SIP))('recorded sessions of Alpaca', () => {
  venueConformance(
    { describe, it },
    {
      venue: () => alpaca(KEYS),
      symbols: ['AAPL', 'BRK.B'],
      recordings: [
        { name: SIP, text: () => textOf(SIP), pricesOf: alpacaTrades },
        // Quotes and bars only: no trade, so no price.
        { name: TEST, text: () => textOf(TEST), pricesOf: alpacaTrades },
        { name: EXAMPLES, text: () => textOf(EXAMPLES) },
      ],
    },
  );

  test('every message of the documents is counted by name', () => {
    const connection = new VenueRun(alpaca(KEYS), 1_700_000_000_000);
    for (const line of textOf(EXAMPLES).trimEnd().split('\n')) connection.receive(line);
    expect(connection.prices.map(({ symbol, price }) => [symbol, price])).toEqual([['AAPL', '126.55']]);
    expect(connection.stats()).toMatchObject({
      rejected: {},
      unexplained: 0,
      control: {
        'quote-before-trade': 1,
        bar: 1,
        'trade-correction': 1,
        'trade-cancel': 1,
        'price-band': 1,
        'trading-status': 1,
        imbalance: 1,
      },
    });
  });
});
