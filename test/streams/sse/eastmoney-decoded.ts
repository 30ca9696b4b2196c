import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { DecodingCounts } from '../../../src/streams/connection/decoding-counts.js';
import { eastmoneyPush2, type EastmoneyPush2Options, type SseSink } from '../../../src/streams/sse/index.js';

/** A Friday morning in Shanghai, with the market open. */
export const OPEN = Date.parse('2026-10-09T10:00:00+08:00');

/** The prices that the feed decodes from the data of events, on one connection. */
export function decoded(symbols: string[], events: readonly unknown[], options: EastmoneyPush2Options = {}) {
  const counts = new DecodingCounts();
  const updates: PriceUpdate[] = [];
  const broken: string[] = [];
  const sink: SseSink = {
    update: (update) => void (counts.accepts(update) && updates.push(update)),
    control: (kind) => counts.control(kind),
    rejected: (reason) => counts.rejected(reason),
    broken: (why) => void broken.push(why),
    fatal: (_, why) => void broken.push(why),
  };
  const signal = new AbortController().signal;
  const take = eastmoneyPush2(options).open(sink, { symbols, signal });
  for (const each of events) {
    const data = typeof each === 'string' ? each : JSON.stringify(each);
    counts.explain(() => take({ type: 'message', data, id: '' }, OPEN));
  }
  // The connection counts bytes; there is none here.
  const { bytes: _, ...stats } = counts.stats();
  return { updates, broken, stats };
}
