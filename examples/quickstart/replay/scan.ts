import { isGap } from 'tickmark';
import { ReplayPriceStreamAdapter } from 'tickmark/replay';
import type { Reading } from '../arguments.js';
import { rowsReport, type RowsReport } from './rows-report.js';

/** The first price of a symbol. */
export interface FirstPrice {
  readonly symbol: string;
  readonly price: string;
  readonly currency: string;
}

/** The contents of recorded files. */
export interface Scan {
  /** In the order they come. */
  readonly symbols: readonly FirstPrice[];
  readonly prices: number;
  readonly rows: RowsReport;
  /** When the first and the last price were recorded, ms since 1970. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads files once at full speed, to find the symbols to hold.
 * @returns `null` if the signal fired first.
 * @throws TickmarkError for a file that is missing, cannot be read or is of no known format.
 */
export async function scan(
  files: readonly string[],
  reading: Reading,
  signal: AbortSignal,
  tell: (progress: string) => void,
): Promise<Scan | null> {
  const symbols = new Map<string, FirstPrice>();
  let [prices, from, to] = [0, Infinity, -Infinity];
  const stream = new ReplayPriceStreamAdapter({
    ...reading,
    files,
    speed: 'max',
    symbols: 'all',
    onProgress: ({ percent }) => tell(`looking for symbols: ${percent.toFixed(0)} %, ${symbols.size} found`),
  });
  stream.onMessage((message) => {
    if (isGap(message)) return;
    const { symbol, price, currency, receivedAt = message.timestamp } = message;
    prices++;
    from = Math.min(from, receivedAt);
    to = Math.max(to, receivedAt);
    if (symbols.has(symbol)) return;
    const assumed = symbol.endsWith('USDT') ? 'USDT' : 'USD';
    symbols.set(symbol, { symbol, price: String(price), currency: currency ?? assumed });
  });
  const stop = (): void => void stream.disconnect();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await stream.connect();
    await stream.finished;
  } catch (error) {
    if (!signal.aborted) throw error;
    return null;
  } finally {
    signal.removeEventListener('abort', stop);
    await stream.disconnect();
  }
  return { symbols: [...symbols.values()], prices, rows: rowsReport(stream.stats()), from, to };
}
