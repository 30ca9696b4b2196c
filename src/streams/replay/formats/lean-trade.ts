import { TickmarkError } from '../../../core/errors.js';
import { controlLine, rejectedLine, type RecordingFormat } from '../recording-format.js';
import { newYorkMidnight } from './new-york-time.js';

const FILE_NAME = /(?:^|_)tick_([^_]+)_(\d{4})(\d{2})(\d{2})_trade\.csv(?:\.gz)?$/i;
const ROW = /^(\d{1,8}),(\d{1,15}),(\d{1,15}),([^,]*),([0-9A-Fa-f]*),([01])$/;
const DAY_MS = 86_400_000;
const PRICE_SCALE = 4;

const MALFORMED = rejectedLine('malformed-line');
const BAD_TIME = rejectedLine('bad-time');
const SUSPICIOUS = controlLine('suspicious');

/**
 * Trades of US equities in the format of LEAN: ms since midnight in New York, price × 10,000, size, exchange, condition in hex, and whether
 * the trade is suspicious. Symbol and day are in the file name, such as `equity_usa_tick_ibm_20131007_trade.csv`. Suspicious trades are only
 * counted.
 *
 * Source: https://github.com/QuantConnect/Lean/tree/master/Data/equity
 */
export const leanTrade = {
  name: 'lean-trade',
  detect: (firstLine, fileName) => FILE_NAME.test(fileName) && ROW.test(firstLine),
  decoder: (fileName) => {
    const [, name, year, month, day] = FILE_NAME.exec(fileName) ?? [];
    if (name === undefined) {
      throw new TickmarkError(
        'MALFORMED_INPUT',
        `lean-trade: the file name ${JSON.stringify(fileName)} has no symbol and day; expected a name such as ` +
          'equity_usa_tick_ibm_20131007_trade.csv.',
      );
    }
    const symbol = name.toUpperCase();
    const utcAt = newYorkMidnight(Number(year), Number(month), Number(day));
    return (line) => {
      const row = ROW.exec(line);
      if (!row) return MALFORMED;
      if (row[6] === '1') return SUSPICIOUS;
      const sinceMidnight = Number(row[1]);
      if (sinceMidnight >= DAY_MS) return BAD_TIME;
      const timestamp = utcAt(sinceMidnight);
      return {
        symbol,
        price: priceText(row[2]!),
        timestamp,
        receivedAt: timestamp,
        currency: 'USD',
      };
    };
  },
} as const satisfies RecordingFormat;

function priceText(tenThousandths: string): string {
  const digits = tenThousandths.replace(/^0+/, '').padStart(PRICE_SCALE + 1, '0');
  const point = digits.length - PRICE_SCALE;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  return end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`;
}
