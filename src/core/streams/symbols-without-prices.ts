import type { StreamStatus } from './price-stream-adapter.js';

/** The symbols that get no prices while a stream has this status; `null`: all, an empty list: none. */
export function symbolsWithoutPrices(status: StreamStatus): readonly string[] | null {
  switch (status.state) {
    case 'connecting':
    case 'reconnecting':
    case 'failed':
    case 'disconnected':
      return null;
    case 'degraded':
      return status.symbols;
    default:
      return [];
  }
}
