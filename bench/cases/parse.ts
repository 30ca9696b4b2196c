import { isDeepStrictEqual } from 'node:util';
import {
  scanFrame,
  type ScannedQuote,
  type ScannedTrade,
} from '../../src/streams/websocket/venues/binance-frame-scanner.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import { binanceFrames } from '../peers/binance-frames.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';

const FRAMES = 20_000;
const SCAN = 'by shape, without JSON.parse';
const PARSE = 'JSON.parse, the same fields taken out';

/** What it costs to read the price out of a frame. */
export async function parse(bench: Bench): Promise<CaseReport> {
  const frames = binanceFrames(FRAMES);
  const different = frames.filter(
    (frame) => !isDeepStrictEqual({ ...scanFrame(frame) }, parsed(frame)),
  ).length;
  const passes = bench.quick ? 1 : 10;
  let total = 0;
  const reading = (read: (frame: string) => ScannedTrade | ScannedQuote | undefined) => () => {
    for (let pass = 0; pass < passes; pass++) {
      for (const frame of frames) {
        const found = read(frame)!;
        total += found.kind === 'quote' ? found.bid.length : found.price.length;
      }
    }
    return passes * frames.length;
  };
  const timings = await compare(bench, [
    { name: SCAN, round: reading(scanFrame) },
    { name: PARSE, round: reading(parsed) },
  ]);
  if (total === 0) throw new Error('Nothing was read.');
  const figures = [...timings].map(([name, time]): Figure => {
    return {
      group: 'trades and quotes in turn',
      name,
      unit: 'k frames/s',
      ...mapSpread(time, (ns) => 1e6 / ns),
    };
  });
  return {
    measured:
      'trade and bookTicker frames of Binance, texts of 140 and 110 characters, read into symbol, prices, time and number',
    figures,
    ratios: [
      { name: `${SCAN} / ${PARSE}`, value: timesFaster(timings, SCAN, PARSE), unit: 'x', floor: 2.5 },
      { name: 'frames read differently', value: different, unit: 'frames', floor: 0, isCeiling: true },
    ],
  };
}

/** The work of tickmark alone. */
export function parseWork(bench: Bench): Promise<OwnWork> {
  const frames = binanceFrames(FRAMES);
  const passes = bench.quick ? 1 : 10;
  const round = () => {
    let total = 0;
    for (let pass = 0; pass < passes; pass++) {
      for (const frame of frames) total += scanFrame(frame)!.symbol.length;
    }
    if (total === 0) throw new Error('Nothing was read.');
    return passes * frames.length;
  };
  return Promise.resolve({
    measured: `${passes} × ${FRAMES} trade and bookTicker frames of Binance`,
    parts: [{ name: 'frames read', operation: 'frame', round }],
    close: () => Promise.resolve(),
  });
}

function parsed(frame: string): ScannedTrade | ScannedQuote {
  const { e, s, t, p, T, b, a } = JSON.parse(frame) as Record<string, never>;
  return e === 'trade'
    ? { kind: 'trade', symbol: s, price: p, time: T, id: t }
    : { kind: 'quote', symbol: s, bid: b, ask: a };
}
