import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { parseExactJson } from '../../../core/money/exact-json.js';
import type { VenueSession, VenueSink } from '../venue-session.js';
import { isFields, isName, readPrice, readTime, type Fields } from './frame-fields.js';
import { readTrades } from './trade-list.js';

/** Parameters of each subscription. */
export interface KrakenSubscription {
  readonly channel: 'ticker' | 'trade';
  readonly event_trigger?: 'trades' | 'bbo';
}

const ALREADY_SUBSCRIBED = /already subscribed/i;
const RATE_LIMITED = /msg rate|rate limit/i;
const TRADE = { symbol: 'symbol', time: 'timestamp' };

/** One connection to Kraken. */
export class KrakenSession implements VenueSession {
  readonly #sink: VenueSink;
  readonly #subscription: KrakenSubscription;
  /** Unanswered symbols of each request, by its number. */
  readonly #requests = new Map<number, Set<string>>();
  /** The last update of each symbol, without a trading state. */
  readonly #updates = new Map<string, PriceUpdate>();
  #lastRequest = 0;
  #isHalted = false;

  constructor(sink: VenueSink, subscription: KrakenSubscription) {
    this.#sink = sink;
    this.#subscription = subscription;
  }

  start(): void {
    // Without heartbeats, the venue closes a connection without pairs after a minute.
    this.#sink.send(JSON.stringify({ method: 'subscribe', params: { channel: 'heartbeat' } }));
    this.#sink.ready();
  }

  subscribe(symbols: readonly string[]): readonly string[] {
    for (const symbol of symbols) this.#updates.delete(symbol);
    const request = ++this.#lastRequest;
    this.#requests.set(request, new Set(symbols));
    const params = { ...this.#subscription, symbol: symbols, snapshot: true };
    return [JSON.stringify({ method: 'subscribe', params, req_id: request })];
  }

  unsubscribe(symbols: readonly string[]): readonly string[] {
    // A later halt must not deliver their prices again.
    for (const symbol of symbols) this.#updates.delete(symbol);
    const params = { ...this.#subscription, symbol: symbols };
    return [JSON.stringify({ method: 'unsubscribe', params, req_id: ++this.#lastRequest })];
  }

  receive(frame: string, receivedAt: number): void {
    let value: unknown;
    try {
      // Keeps the digits of numbers: `0.13110`.
      value = parseExactJson(frame);
    } catch {
      return this.#sink.rejected('malformed-json');
    }
    if (!isFields(value)) return this.#sink.rejected('unknown-frame');
    const { channel, method } = value;
    if (method === 'subscribe') this.#answered(value);
    else if (method !== undefined) this.#sink.control(method === 'pong' ? 'pong' : 'answer');
    else if (channel === this.#subscription.channel) this.#prices(value, receivedAt);
    else if (channel === 'status') this.#status(value, receivedAt);
    else if (channel === 'heartbeat') this.#sink.control('heartbeat');
    else if (typeof channel === 'string') this.#sink.control('other-channel');
    // For example an exceeded message rate: unanswered symbols are requested again.
    else if (typeof (value.error ?? value.Error) === 'string') this.#sink.control('error');
    else this.#sink.rejected('unknown-frame');
  }

  /** Each symbol is answered by itself. */
  #answered(fields: Fields): void {
    const { success, error, req_id: id } = fields;
    const result = isFields(fields.result) ? fields.result : fields;
    const request = Number(id);
    if (success === true || (typeof error === 'string' && ALREADY_SUBSCRIBED.test(error))) {
      if (!isName(result.symbol)) return this.#sink.control('answer');
      this.#completed(request, result.symbol);
      return this.#sink.confirmed([result.symbol]);
    }
    this.#sink.control('error');
    if (typeof error !== 'string' || RATE_LIMITED.test(error)) return;
    if (!isName(result.symbol)) return this.#failed(request, error);
    this.#completed(request, result.symbol);
    this.#sink.refused(result.symbol, error);
  }

  #completed(request: number, symbol: string): void {
    const open = this.#requests.get(request);
    open?.delete(symbol);
    if (open?.size === 0) this.#requests.delete(request);
  }

  /** A request failed as a whole. */
  #failed(request: number, error: string): void {
    const symbols = [...(this.#requests.get(request) ?? [])];
    this.#requests.delete(request);
    if (symbols.length === 1) return this.#sink.refused(symbols[0]!, error);
    // The error does not name the bad symbol: splitting the request in halves finds it.
    const middle = Math.ceil(symbols.length / 2);
    for (const half of [symbols.slice(0, middle), symbols.slice(middle)]) {
      if (half.length > 0) for (const frame of this.subscribe(half)) this.#sink.send(frame);
    }
  }

  #prices({ data, type }: Fields, receivedAt: number): void {
    if (!Array.isArray(data)) return this.#sink.rejected('bad-field');
    if (data.length === 0) return this.#sink.control('empty');
    const isSnapshot = type === 'snapshot';
    if (this.#subscription.channel === 'trade') {
      const trades = readTrades(data, TRADE, isSnapshot, receivedAt, this.#sink);
      for (const update of trades) this.#deliver(update);
    } else for (const ticker of data as unknown[]) this.#ticker(ticker, isSnapshot, receivedAt);
  }

  #ticker(ticker: unknown, isSnapshot: boolean, receivedAt: number): void {
    if (!isFields(ticker) || !isName(ticker.symbol)) return this.#sink.rejected('bad-field');
    const { symbol } = ticker;
    const time = readTime(ticker.timestamp, receivedAt);
    if (!time) return this.#sink.rejected('bad-field');
    const before = isSnapshot ? undefined : this.#updates.get(symbol);
    // A field that is missing keeps its value; zero means that there is none.
    const price = ticker.last === undefined ? before?.price : readPrice(ticker.last);
    const bid = ticker.bid === undefined ? before?.bid : readPrice(ticker.bid);
    const ask = ticker.ask === undefined ? before?.ask : readPrice(ticker.ask);
    if (price === false || bid === false || ask === false) return this.#sink.rejected('bad-price');
    if (price === undefined) return this.#sink.control('quote-before-trade');
    this.#deliver({ symbol, price, ...time, receivedAt, ...(bid && { bid }), ...(ask && { ask }) });
  }

  #deliver(update: PriceUpdate): void {
    this.#updates.set(update.symbol, update);
    this.#sink.update(this.#isHalted ? { ...update, state: 'halted' } : update);
  }

  /** While the system is not `online`, no orders are matched: the last prices are delivered again as `halted`. */
  #status({ data }: Fields, receivedAt: number): void {
    const [status] = Array.isArray(data) ? (data as unknown[]) : [];
    if (!isFields(status) || typeof status.system !== 'string') return this.#sink.rejected('bad-field');
    this.#sink.control('status');
    const isHalted = status.system !== 'online';
    if (isHalted === this.#isHalted) return;
    this.#isHalted = isHalted;
    for (const update of this.#updates.values()) this.#deliver({ ...update, receivedAt });
  }
}
