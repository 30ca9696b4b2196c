import { priceFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import { controlLine, rejectedLine, type LineDecoder, type RecordingFormat } from '../recording-format.js';

// Frames in the venue's exact spelling are read without creating objects; all others are parsed as JSON.
const QUOTE =
  /^(\d{16,19}) \{"stream":"[^"\\]+@bookTicker","data":\{"u":\d+,"s":"([^"\\]+)","b":"(\d+\.?\d*)","B":"[\d.]+","a":"(\d+\.?\d*)","A":"[\d.]+"\}\}$/;
const TRADE =
  /^(\d{16,19}) \{"stream":"[^"\\]+@trade","data":\{"e":"trade","E":\d+,"s":"([^"\\]+)","t":(\d{1,15}),"p":"(\d+\.?\d*)","q":"[\d.]+","T":(\d{1,15}),"m":(?:true|false),"M":(?:true|false)\}\}$/;
const STAMPED = /^(\d{16,19}) (\{.*\})$/;

const MALFORMED = rejectedLine('malformed-line');
const MALFORMED_JSON = rejectedLine('malformed-json');
const BAD_PRICE = rejectedLine('bad-price');
const BAD_FIELD = rejectedLine('bad-field');
const OTHER_FRAME = controlLine('other-frame');
const QUOTE_BEFORE_TRADE = controlLine('quotes-before-trade');

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Frame = { stream?: unknown; data?: unknown };

/** Decodes the frames of one file. With `scan: false` every line is parsed as JSON. */
export function binanceDecoder({ scan = true } = {}): LineDecoder {
  const states = new Map<string, Instrument>();
  const instrumentOf = (symbol: string): Instrument => {
    let found = states.get(symbol);
    if (!found) states.set(symbol, (found = new Instrument(symbol)));
    return found;
  };

  const parse: LineDecoder = (line) => {
    const [, stamp, json] = STAMPED.exec(line) ?? [];
    if (stamp === undefined || json === undefined) return MALFORMED;
    let frame: Frame;
    try {
      frame = JSON.parse(json) as Frame;
    } catch {
      return MALFORMED_JSON;
    }
    const { stream, data } = frame;
    if (typeof stream !== 'string' || typeof data !== 'object' || data === null) return OTHER_FRAME;
    const { s, b, a, p, t, T } = data as Record<string, unknown>;
    const isTrade = stream.endsWith('@trade');
    if (!isTrade && !stream.endsWith('@bookTicker')) return OTHER_FRAME;
    if (typeof s !== 'string' || s === '') return BAD_FIELD;
    if (!isTrade)
      return typeof b === 'string' && typeof a === 'string' ? instrumentOf(s).quote(stamp, b, a) : BAD_FIELD;
    if (typeof p !== 'string' || !Number.isSafeInteger(t) || !Number.isSafeInteger(T)) return BAD_FIELD;
    return instrumentOf(s).trade(stamp, p, T as number, t as number);
  };
  if (!scan) return parse;

  return (line) => {
    const quote = QUOTE.exec(line);
    if (quote) return instrumentOf(quote[2]!).quote(quote[1]!, quote[3]!, quote[4]!);
    const trade = TRADE.exec(line);
    if (trade) return instrumentOf(trade[2]!).trade(trade[1]!, trade[4]!, Number(trade[5]), Number(trade[3]));
    return parse(line);
  };
}

class Instrument {
  readonly #symbol: string;
  #price: string | undefined;
  #bid: string | undefined;
  #ask: string | undefined;

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  trade(stamp: string, price: string, timestamp: number, sequence: number): PriceUpdate | typeof BAD_PRICE {
    if (!isPrice(price)) return BAD_PRICE;
    this.#price = price;
    const update: Mutable<PriceUpdate> = {
      symbol: this.#symbol,
      price,
      timestamp,
      receivedAt: msOf(stamp),
      sequence,
    };
    if (this.#bid !== undefined) {
      update.bid = this.#bid;
      update.ask = this.#ask!;
    }
    return update;
  }

  quote(stamp: string, bid: string, ask: string): PriceUpdate | typeof BAD_PRICE | typeof QUOTE_BEFORE_TRADE {
    if (!isPrice(bid) || !isPrice(ask)) return BAD_PRICE;
    this.#bid = bid;
    this.#ask = ask;
    if (this.#price === undefined) return QUOTE_BEFORE_TRADE;
    // The frame has no time. Times of receipt are compared only with each other, since the recorder's clock is not the venue's.
    const receivedAt = msOf(stamp);
    return {
      symbol: this.#symbol,
      price: this.#price,
      timestamp: receivedAt,
      timeSource: 'received',
      receivedAt,
      bid,
      ask,
    };
  }
}

// Fast path: most prices are digits around a point, few enough for a float64.
const PLAIN_PRICE = /^\d+\.\d+$/;
const PLAIN_LENGTH = 16;

function isPrice(text: string): boolean {
  return text.length <= PLAIN_LENGTH && PLAIN_PRICE.test(text) ? true : priceFault(text, true) === null;
}

function msOf(nanoseconds: string): number {
  return Number(nanoseconds.slice(0, -6));
}

/**
 * Binance spot: each line is a frame of a combined stream, `<local time in ns> {"stream":"btcusdt@trade","data":{…}}`.
 *
 * `trade` frames have the price. `bookTicker` frames have bid and ask, and neither price nor time: their updates have the last trade's price
 * and the time of receipt. Before a symbol's first trade they are counted as `quotes-before-trade`. Other frames are counted as
 * `other-frame`.
 *
 * Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
export const binanceCombined = {
  name: 'binance-combined',
  heeds: [],
  detect: ({ firstLine }) => /^\d{16,19} \{"stream":/.test(firstLine),
  decoder: () => binanceDecoder(),
} as const satisfies RecordingFormat;
