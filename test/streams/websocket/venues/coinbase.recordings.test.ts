import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { coinbase, venueConformance, VenueRun } from 'tickmark/websocket';
import { readSession } from '../../../../src/streams/websocket/conformance/recorded-session.js';
import { recordings, canUseRecording } from '../../../requirements.js';
import { answer } from './coinbase-frames.js';
import { coinbaseTickers, coinbaseTrades } from './prices-of.js';

const SESSION = 'coinbase/cryptofeed-advanced-2026-08-09.session.jsonl.gz';
const OF_EXCHANGE = 'coinbase/crypto-msg-parser-coinbase_pro.jsonl';

const symbols = ['BTC-USD', 'ETH-USD'];
const textOfSession = (): string => gunzipSync(readFileSync(recordings(SESSION).path)).toString();
const framesOfSession = (): string[] => [...readSession(textOfSession())].map(({ data }) => String(data));
const run = () => new VenueRun(coinbase(), 1_786_000_000_000);

describe.skipIf(!canUseRecording(SESSION))('a recorded session of Coinbase', () => {
  describe('ticker', () => {
    venueConformance(
      { describe, it },
      {
        venue: () => coinbase(),
        symbols,
        recordings: [
          { name: SESSION, text: textOfSession, pricesOf: coinbaseTickers },
          {
            // Of another product of the same house: rejected by name, without a price.
            name: OF_EXCHANGE,
            text: () => readFileSync(recordings(OF_EXCHANGE).path, 'utf8'),
            pricesOf: () => [],
          },
          { name: 'made-up answers', text: [answer([]), answer(symbols)].join('\n') },
        ],
      },
    );
  });

  describe('market_trades', () => {
    venueConformance(
      { describe, it },
      {
        venue: () => coinbase({ channel: 'market_trades' }),
        symbols,
        recordings: [
          {
            name: `${SESSION} without its books`,
            text: () => textOfSession().replace(/^.*l2_data.*\n/gm, ''),
            pricesOf: coinbaseTrades,
          },
          {
            name: 'made-up answers',
            text: [answer([], 'market_trades'), answer(symbols, 'market_trades')].join('\n'),
          },
        ],
      },
    );
  });

  test('each of its 1,030 frames is a price or counted by name, and none is missing', () => {
    const connection = run();
    for (const frame of framesOfSession()) connection.receive(frame);
    expect(connection.stats()).toMatchObject({
      frames: 1030,
      prices: 160,
      control: { 'other-channel': 840, answer: 5, heartbeat: 25 },
      rejected: {},
      unexplained: 0,
    });
    expect(connection.reports.every(({ kind }) => kind === 'update')).toBe(true);
  });

  test('without some of its frames it has a gap at each hole', () => {
    const connection = run();
    const gone = new Set([0, 7, 100, 101, 102, 500, 1029]);
    for (const [at, frame] of framesOfSession().entries()) if (!gone.has(at)) connection.receive(frame);
    // None before the first frame, none after the last.
    expect(connection.reports.filter(({ kind }) => kind === 'gap')).toHaveLength(3);
  });
});
