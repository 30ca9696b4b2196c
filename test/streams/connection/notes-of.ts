import {
  isGap,
  type PriceStreamAdapter,
  type StreamStatus,
} from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';

/** What the listeners of a stream receive from now on. */
export interface StreamNotes {
  /** Prices as `A 1.50`, gaps as `gap`. */
  readonly log: string[];
  readonly gaps: PriceStreamGap[];
  readonly states: StreamStatus[];
}

/** Records what the listeners of a stream receive. */
export function notesOf(stream: PriceStreamAdapter): StreamNotes {
  const notes: StreamNotes = { log: [], gaps: [], states: [] };
  stream.onStatus((status) => notes.states.push(status));
  stream.onMessage((message) => {
    if (isGap(message)) notes.gaps.push(message);
    notes.log.push(isGap(message) ? 'gap' : `${message.symbol} ${message.price}`);
  });
  return notes;
}
