import type { RecordedFile, RecordingFormat } from '../recording-format.js';
import { fieldsOf } from './table/separated-line.js';
import { tableDecoder } from './table/table.js';

const FILE_NAME = /^([A-Z0-9_]+)-(trades|aggTrades|bookTicker|\d+(?:s|m|h|d|w|mo))-\d{4}-\d\d(?:-\d\d)?\./i;
const NUMBER = '-?\\d+(?:\\.\\d+)?';
const TIME = '\\d{13,16}';

interface Kind {
  readonly row: RegExp;
  readonly header: RegExp;
  /** Names of the columns; those that do not matter are empty. */
  readonly columns: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    row: new RegExp(`^\\d+,${NUMBER},${NUMBER},${NUMBER},${TIME},(?:true|false)(?:,(?:true|false))?$`, 'i'),
    header: /^(?:trade_?)?id,price,qty,(?:quote|base)_?qty,time,/i,
    columns: ['sequence', 'price', '', '', 'time'],
  },
  {
    row: new RegExp(`^\\d+,${NUMBER},${NUMBER},\\d+,\\d+,${TIME},(?:true|false)(?:,(?:true|false))?$`, 'i'),
    header: /^agg_?trade_?id,price,quantity,first_?trade_?id,last_?trade_?id,transact_?time,/i,
    columns: ['sequence', 'price', '', '', '', 'time'],
  },
  {
    row: new RegExp(`^\\d+(?:,${NUMBER}){4},${TIME},${TIME}$`),
    header: /^update_?id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_?time,/i,
    columns: ['sequence', 'bid', '', 'ask', '', 'time'],
  },
  {
    row: new RegExp(`^${TIME}(?:,${NUMBER}){5},${TIME},${NUMBER},\\d+,${NUMBER},${NUMBER},${NUMBER}$`),
    header: /^open_?time,open,high,low,close,volume,close_?time,/i,
    columns: ['', 'open', 'high', 'low', 'close', '', 'closeTime'],
  },
];

/**
 * Files of data.binance.vision, spot and futures, with a header or without: `trades`, `aggTrades`, `bookTicker`, whose price is the middle of
 * bid and ask, and `klines`, whose price is the close, at the close time. The
 * symbol is from the name of the file (`BTCUSDT-trades-2024-01-01.csv`). Times are in ms or, for spot from 2025 on, in µs, which their size shows.
 *
 * Source: https://github.com/binance/binance-public-data
 */
export const binanceVision = {
  name: 'binance-vision',
  detect: (file) => file.options.columns === undefined && kindOf(file) !== undefined,
  decoder: (file) => {
    const kind = kindOf(file);
    if (!kind) return tableDecoder(file);
    const width = fieldsOf(file.firstLine, ',')!.length;
    const [, symbol] = FILE_NAME.exec(file.name) ?? [];
    const header = Array.from({ length: width }, (_, index) => kind.columns[index] ?? '');
    return tableDecoder(file, symbol === undefined ? { header } : { header, symbol: symbol.toUpperCase() });
  },
} as const satisfies RecordingFormat;

function kindOf({ firstLine }: RecordedFile): Kind | undefined {
  return KINDS.find(({ row, header }) => row.test(firstLine) || header.test(firstLine));
}
