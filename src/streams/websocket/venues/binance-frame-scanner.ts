/** A trade as the frame writes it. */
export interface ScannedTrade {
  readonly kind: 'trade' | 'aggTrade';
  readonly symbol: string;
  readonly price: string;
  /** Time of the trade, ms since 1970. */
  readonly time: number;
  /** Number of the trade. */
  readonly id: number;
}

/** Best bid and ask as the frame writes them. */
export interface ScannedQuote {
  readonly kind: 'quote';
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
}

// Letters, digits and marks that JSON cannot write in another way; numbers that a float64 holds exactly.
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
 * Reads `trade`, `aggTrade` and `bookTicker` frames of Binance without making objects of them. It knows the exact sequence of their
 * keys; a frame that differs by a character, were it only a space, is `undefined` and left to `JSON.parse`, so that both always
 * agree.
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
