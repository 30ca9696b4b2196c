import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { binance, venueConformance } from 'tickmark/websocket';
import { scanFrame } from '../../../../src/streams/websocket/venues/binance-frame-scanner.js';
import { recordings, canUseRecording } from '../../../requirements.js';
import { expectSameReports } from './both-ways.js';
import { binanceTrades } from './prices-of.js';

const SESSION = 'binance/cryptofeed-spot-2021-10-12.session.jsonl';
const MESSAGES = 'binance/crypto-msg-parser-binance.jsonl';
const REPLAY = 'replay/binance-spot-btcusdt-ethusdt-20240808T2354Z-20240809T0005Z.bookTicker+trade.txt.gz';
const textOf = (path: string): string => readFileSync(recordings(path).path, 'utf8');

describe.skipIf(!canUseRecording(SESSION))('recorded frames of Binance', () => {
  venueConformance(
    { describe, it },
    {
      venue: () => binance(),
      symbols: ['BTCUSDT', 'ETHUSDT'],
      recordings: [
        { name: SESSION, text: () => textOf(SESSION) },
        {
          name: MESSAGES,
          text: () => textOf(MESSAGES).split('\n').slice(0, 5).join('\n'),
          pricesOf: binanceTrades,
        },
        // The sessions name their streams in the URL, which needs no answer.
        { name: 'an answer', text: '{"result":null,"id":1}' },
        // Frames of other channels, futures and HTTP responses.
        { name: `all of ${MESSAGES}`, text: () => textOf(MESSAGES) },
      ],
    },
  );
});

test.skipIf(!canUseRecording(REPLAY))('166,351 frames are read by scanning as they are by JSON.parse', () => {
  const lines = gunzipSync(readFileSync(recordings(REPLAY).path))
    .toString()
    .trimEnd()
    .split('\n');
  const frames = lines.map((line) => line.slice(line.indexOf(' ') + 1));
  const { scanned, parsed } = expectSameReports(frames);
  expect(frames.filter((frame) => scanFrame(frame) === undefined)).toEqual([]);
  expect(scanned.stats()).toEqual(parsed.stats());
  expect(scanned.stats()).toMatchObject({
    frames: 166_351,
    prices: 166_339,
    control: { 'quote-before-trade': 12 },
    rejected: {},
    unexplained: 0,
  });
});
