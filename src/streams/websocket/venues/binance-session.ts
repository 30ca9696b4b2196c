import { isTime, priceFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import type { VenueSession, VenueSink } from '../venue-session.js';
import { scanFrame } from './binance-frame-scanner.js';
import { isCount, isFields, isName, type Fields } from './frame-fields.js';

interface Request {
  readonly method: 'SUBSCRIBE' | 'UNSUBSCRIBE';
  readonly symbols: readonly string[];
}

interface Instrument {
  readonly symbol: string;
  price: string | undefined;
  bid: string | undefined;
  ask: string | undefined;
  lastId: number;
}

/** One connection to Binance. With `scan: false` every frame is parsed as JSON. */
export class BinanceSession implements VenueSession {
  readonly #sink: VenueSink;
  readonly #streams: readonly string[];
  readonly #scans: boolean;
  readonly #instruments = new Map<string, Instrument>();
  readonly #requests = new Map<number, Request>();
  #lastRequest = 0;

  constructor(sink: VenueSink, streams: readonly string[], { scan = true } = {}) {
    this.#sink = sink;
    this.#streams = streams;
    this.#scans = scan;
  }

  subscribe(symbols: readonly string[]): readonly string[] {
    // Trades while a symbol was not subscribed are no gap.
    for (const symbol of symbols) this.#instruments.delete(symbol);
    return [this.#request('SUBSCRIBE', symbols)];
  }

  unsubscribe(symbols: readonly string[]): readonly string[] {
    return [this.#request('UNSUBSCRIBE', symbols)];
  }

  receive(frame: string, receivedAt: number): void {
    const scanned = this.#scans ? scanFrame(frame) : undefined;
    if (!scanned) return this.#parse(frame, receivedAt);
    const { symbol } = scanned;
    if (scanned.kind === 'quote') this.#quote(symbol, scanned.bid, scanned.ask, receivedAt);
    else this.#trade(symbol, scanned.price, scanned.time, scanned.id, receivedAt);
  }

  #request(method: Request['method'], symbols: readonly string[]): string {
    const id = ++this.#lastRequest;
    this.#requests.set(id, { method, symbols });
    const params = symbols.flatMap((symbol) =>
      this.#streams.map((stream) => `${symbol.toLowerCase()}@${stream}`),
    );
    return JSON.stringify({ method, params, id });
  }

  #parse(frame: string, receivedAt: number): void {
    let value: unknown;
    try {
      value = JSON.parse(frame);
    } catch {
      return this.#sink.rejected('malformed-json');
    }
    if (!isFields(value)) return this.#sink.rejected('unknown-frame');
    if ('stream' in value) {
      if (typeof value.stream !== 'string') return this.#sink.rejected('bad-field');
      // Arrays come from all-market streams, which are never requested.
      return isFields(value.data) ? this.#event(value.data, receivedAt) : this.#other(value.data);
    }
    this.#event(value, receivedAt);
  }

  #event(fields: Fields, receivedAt: number): void {
    const { e, u } = fields;
    if (e === 'trade') return this.#parsedTrade(fields, fields.t, receivedAt);
    if (e === 'aggTrade') return this.#parsedTrade(fields, fields.a, receivedAt);
    if (e === 'bookTicker' || (e === undefined && u !== undefined))
      return this.#parsedQuote(fields, receivedAt);
    if (e === 'serverShutdown') return this.#sink.rotate('the venue announced a shutdown');
    if (typeof e === 'string') return this.#sink.control('other-stream');
    this.#answer(fields);
  }

  #other(data: unknown): void {
    if (Array.isArray(data)) this.#sink.control('other-stream');
    else this.#sink.rejected('bad-field');
  }

  #parsedTrade({ s, p, T }: Fields, id: unknown, receivedAt: number): void {
    const isFine = isName(s) && typeof p === 'string' && isCount(T) && isTime(T) && isCount(id);
    if (isFine) this.#trade(s, p, T, id, receivedAt);
    else this.#sink.rejected('bad-field');
  }

  #parsedQuote({ s, u, b, a }: Fields, receivedAt: number): void {
    const isFine = isName(s) && isCount(u) && typeof b === 'string' && typeof a === 'string';
    if (isFine) this.#quote(s, b, a, receivedAt);
    else this.#sink.rejected('bad-field');
  }

  #trade(symbol: string, price: string, time: number, id: number, receivedAt: number): void {
    if (!isPrice(price)) return this.#sink.rejected('bad-price');
    const instrument = this.#instrumentOf(symbol);
    const { lastId, bid, ask } = instrument;
    if (id > lastId + 1 && lastId >= 0) this.#sink.gap([symbol]);
    if (id > lastId) {
      instrument.lastId = id;
      instrument.price = price;
    }
    const update: PriceUpdate = {
      symbol: instrument.symbol,
      price,
      timestamp: time,
      receivedAt,
      bid,
      ask,
      sequence: id,
    };
    this.#sink.update(update, true);
  }

  #quote(symbol: string, bid: string, ask: string, receivedAt: number): void {
    if (!isPrice(bid) || !isPrice(ask)) return this.#sink.rejected('bad-price');
    const instrument = this.#instrumentOf(symbol);
    instrument.bid = bid;
    instrument.ask = ask;
    const { price } = instrument;
    if (price === undefined) return this.#sink.control('quote-before-trade');
    // The frame has no time. Times of receipt are compared only with each other, since our clock is not the venue's.
    const timeSource = 'received';
    const update: PriceUpdate = {
      symbol: instrument.symbol,
      price,
      timestamp: receivedAt,
      receivedAt,
      bid,
      ask,
      timeSource,
    };
    this.#sink.update(update, true);
  }

  #instrumentOf(symbol: string): Instrument {
    let found = this.#instruments.get(symbol);
    if (!found) {
      found = { symbol, price: undefined, bid: undefined, ask: undefined, lastId: -1 };
      this.#instruments.set(symbol, found);
    }
    return found;
  }

  #answer(fields: Fields): void {
    const { id, result } = fields;
    const error = isFields(fields.error) ? fields.error : fields;
    if (typeof error.code === 'number' && typeof error.msg === 'string') {
      return this.#error(id, error.code, error.msg);
    }
    if (result === undefined || id === undefined) return this.#sink.rejected('unknown-frame');
    const request = this.#takeRequest(id);
    if (request?.method === 'SUBSCRIBE') this.#sink.confirmed(request.symbols);
    else this.#sink.control('answer');
  }

  #error(id: unknown, code: number, message: string): void {
    this.#sink.control('error');
    const request = this.#takeRequest(id);
    if (request?.method !== 'SUBSCRIBE') return;
    const { symbols } = request;
    const [symbol] = symbols;
    if (symbols.length === 1) return this.#sink.refused(symbol!, message, code);
    // One bad symbol fails the whole request: splitting it in halves finds the symbol.
    const middle = Math.ceil(symbols.length / 2);
    for (const half of [symbols.slice(0, middle), symbols.slice(middle)])
      this.#sink.send(this.#request('SUBSCRIBE', half));
  }

  #takeRequest(id: unknown): Request | undefined {
    const request = this.#requests.get(id as number);
    if (request) this.#requests.delete(id as number);
    return request;
  }
}

// Fast path: most prices are digits around a point, few enough for a float64.
const PLAIN_PRICE = /^\d+\.\d+$/;
const PLAIN_LENGTH = 16;

function isPrice(text: string): boolean {
  return text.length <= PLAIN_LENGTH && PLAIN_PRICE.test(text) ? true : priceFault(text, true) === null;
}
