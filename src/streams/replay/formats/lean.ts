import { TickmarkError } from '../../../core/errors.js';
import { updateFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import type { LineDecoder, RecordedFile, RecordingFormat } from '../recording-format.js';
import { readLeanPath, type LeanPath } from './lean-path.js';
import { rejections } from './rejections.js';
import { middleOf } from './table/middle.js';
import { readWrittenTime } from './times/written-time.js';
import { zoneClock } from './times/zone-clock.js';

const DAY_MS = 86_400_000;
const BAR_MS = { tick: 0, second: 1000, minute: 60_000, hour: 3_600_000, daily: DAY_MS } as const;
const PRICE_SCALE = 4;

/** Time zones in which LEAN keeps its data, by type and market. */
const ZONES: Readonly<Record<string, string>> = {
  'equity/usa': 'America/New_York',
  'equity/india': 'Asia/Kolkata',
  'forex/oanda': 'UTC',
  'cfd/oanda': 'UTC',
};
const CURRENCIES: Readonly<Record<string, string>> = { 'equity/usa': 'USD', 'equity/india': 'INR' };

/** How rows look, by what they are: numbers of fields, and where the prices and a mark of suspicion are. */
interface RowShape {
  readonly widths: readonly number[];
  readonly price?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly suspicious?: number;
}

/**
 * Files of LEAN, zipped or not, under LEAN's own paths: `equity/usa/minute/aapl/20131004_trade.zip`, `forex/oanda/daily/eurusd.zip`,
 * `crypto/coinbase/hour/btcusd_quote.zip`; or with the path in the name, `equity_usa_tick_ibm_20131007_trade.csv`. Trades and quotes of equities, forex, CFDs, crypto and
 * indices, as ticks or bars. Prices of equities are × 10,000. The price of a bar is its close, at its end; that of a quote the middle of bid and ask. Suspicious ticks
 * are refused. Times are in the zone that LEAN uses for the market, or in `timeZone`.
 *
 * Source: https://github.com/QuantConnect/Lean/tree/master/Data
 */
export const lean = {
  name: 'lean',
  heeds: ['symbol', 'timeZone'],
  detect: ({ path, firstLine, options }) =>
    options.columns === undefined &&
    /^\d+(?: \d\d:\d\d)?(?:,[^,]*){2,10}$/.test(firstLine) &&
    readLeanPath(path) !== undefined,
  decoder: (file) => {
    const path = readLeanPath(file.path);
    if (!path) {
      throw new TickmarkError(
        'MALFORMED_INPUT',
        `lean: the path ${JSON.stringify(file.path)} does not say what is in the file. Expected is a path of LEAN for ` +
          'equity, forex, cfd, crypto, cryptofuture or index, such as equity/usa/minute/aapl/20131004_trade.zip, equity/usa/daily/aapl.zip or equity_usa_tick_ibm_20131007_trade.csv.',
      );
    }
    return decoderOf(path, file);
  },
} as const satisfies RecordingFormat;

function decoderOf(path: LeanPath, { options, assume }: RecordedFile): LineDecoder {
  const { type, market, resolution, kind } = path;
  const isScaled = type === 'equity';
  const shape = shapeOf(path);
  const symbol = options.symbol ?? path.symbol;
  if (options.symbol === undefined) assume(`the symbol is "${symbol}", from the path of the file`);
  if (kind === 'quote') assume('the price of a quote is the middle of bid and ask');
  if (resolution !== 'tick') assume('the price of a bar is its close, at its end');
  const zone =
    options.timeZone ?? ZONES[`${type}/${market}`] ?? (type.startsWith('crypto') ? 'UTC' : undefined);
  const utcOf = zone === undefined ? undefined : zoneClock(zone);
  const currency = CURRENCIES[`${type}/${market}`] ?? (type === 'forex' ? path.symbol.slice(3) : undefined);
  const rejected = rejections();

  const priceIn = (
    fields: readonly string[],
  ): { text?: string; fault?: string; bid?: string; ask?: string } => {
    const at = (index: number): string => (isScaled ? unscaled(fields[index]!) : fields[index]!);
    if (shape.price !== undefined) return { text: at(shape.price) };
    const [bid, ask] = [at(shape.bid!), at(shape.ask!)];
    return { bid, ask, ...middleOf(bid, ask) };
  };

  return (line) => {
    const fields = line.split(',').map((field) => field.trim());
    if (!shape.widths.includes(fields.length)) return rejected('wrong-number-of-fields');
    const wall = wallOf(fields[0]!, path.day);
    if (typeof wall === 'string') return rejected(wall);
    const { text = '', fault, bid, ask } = priceIn(fields);
    if (fault !== undefined) return rejected(fault);
    if (shape.suspicious !== undefined && fields[shape.suspicious] === '1') return rejected('suspicious');
    if (!utcOf) return rejected('time-without-zone');
    const timestamp = utcOf(wall + BAR_MS[resolution]);
    const update: PriceUpdate = {
      symbol,
      price: text,
      timestamp,
      receivedAt: timestamp,
      ...(currency === undefined ? {} : { currency }),
      ...(bid === undefined || ask === undefined ? {} : { bid, ask }),
    };
    const found = updateFault(update, true);
    return found === null ? update : rejected(found);
  };
}

function shapeOf({ type, resolution, kind }: LeanPath): RowShape {
  if (resolution !== 'tick') {
    return kind === 'trade' ? { widths: [5, 6], price: 4 } : { widths: [11], bid: 4, ask: 9 };
  }
  if (kind === 'quote') {
    if (type === 'forex' || type === 'cfd') return { widths: [3], bid: 1, ask: 2 };
    return type === 'equity'
      ? { widths: [8], bid: 1, ask: 3, suspicious: 7 }
      : { widths: [5, 6], bid: 1, ask: 3, suspicious: 5 };
  }
  return type === 'equity' || type === 'index'
    ? { widths: [6], price: 1, suspicious: 5 }
    : { widths: [3, 4], price: 1, suspicious: 3 };
}

/** What clocks show at the start of a row, as if they were in UTC: ms since midnight of the day of the file, or a date and time. */
function wallOf(text: string, day: number | undefined): number | string {
  if (day === undefined) {
    const time = readWrittenTime(text, 'ymd');
    return typeof time === 'string' ? time : time.ms;
  }
  const sinceMidnight = /^\d{1,8}(?:\.\d+)?$/.test(text) ? Math.floor(Number(text)) : NaN;
  return sinceMidnight < DAY_MS ? day + sinceMidnight : 'bad-timestamp';
}

/** A price in ten-thousandths as a price, digit for digit; anything else is left as it is, and refused. */
function unscaled(tenThousandths: string): string {
  if (!/^\d{1,19}$/.test(tenThousandths)) return tenThousandths === '' ? '' : 'not a whole number';
  const digits = tenThousandths.replace(/^0+/, '').padStart(PRICE_SCALE + 1, '0');
  const point = digits.length - PRICE_SCALE;
  const fraction = digits.slice(point).replace(/0+$/, '');
  return digits.slice(0, point) + (fraction === '' ? '' : `.${fraction}`);
}
