import type { WrittenPrice } from '../../../../examples/quickstart/recomputation/last-prices.js';

/** The price in a line, or `null`. */
export type LineReader = (line: string) => WrittenPrice | null;

/** The reader for a file, by its first line and its name. */
export function lineReader(firstLine: string, fileName: string): LineReader {
  if (/^\d{16,19} \{/.test(firstLine)) return binance;
  if (firstLine.startsWith('{')) return json;
  const lean = /_?tick_([^_]+)_(\d{4})(\d\d)(\d\d)_trade\.csv/i.exec(fileName);
  return lean
    ? leanOf(lean[1]!.toUpperCase(), Date.parse(`${lean[2]}-${lean[3]}-${lean[4]}`))
    : csvOf(firstLine);
}

function binance(line: string): WrittenPrice | null {
  // Quotes have no price, and trade frames name time and number of the trade.
  const found = /"e":"trade".*?"s":"([^"]+)","t":(\d+),"p":"([^"]+)".*?"T":(\d+)/.exec(line);
  if (!found) return null;
  const [, symbol, sequence, price, time] = found;
  return { symbol: symbol!, price: price!, time: Number(time), sequence: Number(sequence), currency: null };
}

function leanOf(symbol: string, day: number): LineReader {
  return (line) => {
    const [sinceMidnight, tenThousandths, , , , suspicious] = line.split(',');
    if (suspicious !== '0') return null;
    const price = `${tenThousandths}e-4`;
    return { symbol, price, time: day + Number(sinceMidnight), sequence: null, currency: 'USD' };
  };
}

function csvOf(header: string): LineReader {
  const names = header.split(',').map((name) => name.trim());
  return (line) => {
    const fields = line.split(',').map((field) => field.trim());
    if (line === header || fields.length !== names.length || line.includes('"')) return null;
    const field = (name: string): string => fields[names.indexOf(name)] ?? '';
    const [symbol, price, sequence] = [field('symbol'), field('price'), field('sequence')];
    return {
      symbol,
      price,
      time: /^\d+$/.test(field('timestamp')) ? Number(field('timestamp')) : Date.parse(field('timestamp')),
      sequence: sequence === '' ? null : Number(sequence),
      currency: field('currency') || null,
    };
  };
}

function json(line: string): WrittenPrice | null {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
  const { symbol, price, timestamp, timeSource, sequence, currency } = fields;
  if (typeof symbol !== 'string' || (typeof price !== 'string' && typeof price !== 'number')) return null;
  return {
    symbol,
    price: String(price),
    time: timeSource === 'received' ? null : Number(timestamp),
    sequence: typeof sequence === 'number' ? sequence : null,
    currency: typeof currency === 'string' ? currency : null,
  };
}
