import { quote, TickmarkError } from '../../../core/errors.js';
import type { RecordingFormat } from '../recording-format.js';
import { tableDecoder } from './table/table.js';

/**
 * CSV files of tardis.dev: `trades`, `quotes`, `book_ticker`, `derivative_ticker`, `book_snapshot_5` and `book_snapshot_25`. Times are in µs; `timestamp` is the
 * venue's, `local_timestamp` that of receipt. The price of quotes is the middle of bid and ask. Changes of an order book (`incremental_book_L2`) have no prices of
 * trades, and are refused.
 *
 * Source: https://docs.tardis.dev/downloadable-csv-files
 */
export const tardis = {
  name: 'tardis',
  detect: ({ firstLine }) => /^exchange,symbol,timestamp,local_timestamp,/.test(firstLine),
  decoder: (file) => {
    if (/,is_snapshot,/.test(file.firstLine)) {
      throw new TickmarkError(
        'MALFORMED_INPUT',
        `Recorded file ${JSON.stringify(file.path)} begins with ${quote(file.firstLine)}: its prices are levels of an order book, not of trades. ` +
          'Take trades, quotes or book_ticker of tardis.',
      );
    }
    return tableDecoder(file, { timeUnit: 'us' });
  },
} as const satisfies RecordingFormat;
