/** A trade, with the digits of the frame. */
export interface ScannedTrade {
  readonly kind: 'trade' | 'aggTrade';
  readonly symbol: string;
  readonly price: string;
  /** Time of the trade, ms since 1970. */
  readonly time: number;
  /** Id of the trade. */
  readonly id: number;
}

/** Best bid and ask, with the digits of the frame. */
export interface ScannedQuote {
  readonly kind: 'quote';
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
}

// Characters that JSON does not escape; numbers that a float64 holds exactly.
const NAME = '[-./0-9:;<=>?@A-Z[\\]^_`a-z]{1,64}';
const DECIMAL = '\\d+\\.\\d+';
const COUNT = '(?:0|[1-9]\\d{0,14})';
const TRUTH = '(?:true|false)';

const TRADE =
  `\\{"e":"trade","E":${COUNT},"s":"(${NAME})","t":(${COUNT}),"p":"(${DECIMAL})","q":"${DECIMAL}",` +
  `(?:"b":${COUNT},"a":${COUNT},)?"T":(${COUNT}),"m":${TRUTH},"M":${TRUTH}\\}`;
const AGGREGATE =
  `\\{"e":"aggTrade","E":${COUNT},"s":"(${NAME})","a":(${COUNT}),"p":"(${DECIMAL})","q":"${DECIMAL}",` +
  `"f":${COUNT},"l":${COUNT},"T":(${COUNT}),"m":${TRUTH},"M":${TRUTH}\\}`;
const BOOK = `\\{"u":${COUNT},"s":"(${NAME})","b":"(${DECIMAL})","B":"${DECIMAL}","a":"(${DECIMAL})","A":"${DECIMAL}"\\}`;

interface Shapes {
  readonly book: RegExp;
  readonly trade: RegExp;
  readonly aggregate: RegExp;
}

const shapes = (before: string, after: string): Shapes => ({
  book: new RegExp(`^${before}${BOOK}${after}$`),
  trade: new RegExp(`^${before}${TRADE}${after}$`),
  aggregate: new RegExp(`^${before}${AGGREGATE}${after}$`),
});
const PLAIN = shapes('', '');
const COMBINED = shapes(`\\{"stream":"${NAME}","data":`, '\\}');

/**
 * Reads `trade`, `aggTrade` and `bookTicker` frames of Binance without creating objects. It knows the exact order of their keys. For a frame
 * that differs in any character, even a space, it returns `undefined`, and the caller uses `JSON.parse`. So both always agree.
 */
export function scanFrame(frame: string): ScannedTrade | ScannedQuote | undefined {
  const { book, trade, aggregate } = frame.startsWith('{"s') ? COMBINED : PLAIN;
  const quote = book.exec(frame);
  if (quote) return { kind: 'quote', symbol: quote[1]!, bid: quote[2]!, ask: quote[3]! };
  const match = trade.exec(frame);
  if (match) return traded('trade', match);
  const aggregated = aggregate.exec(frame);
  return aggregated ? traded('aggTrade', aggregated) : undefined;
}

function traded(kind: ScannedTrade['kind'], match: RegExpExecArray): ScannedTrade {
  return { kind, symbol: match[1]!, price: match[3]!, time: Number(match[4]), id: Number(match[2]) };
}
