import type { VenueSession, VenueSink } from '../venue-session.js';
import {
  isCount,
  isFields,
  isName,
  readPrice,
  readTime,
  type Fields,
  type FrameTime,
} from './frame-fields.js';
import { readTrades } from './trade-list.js';

/** Channels of Coinbase with prices. */
export type CoinbaseChannel = 'ticker' | 'ticker_batch' | 'market_trades';

/** Makes a JSON Web Token for one frame. */
export type CoinbaseJwt = () => string | Promise<string>;

/** A frame that was sent. Answers come in order and do not name their request. */
interface Request {
  /** Products that it requested, without those that were unsubscribed since. */
  products: readonly string[];
  hasFailed?: boolean;
}

type Verb = 'subscribe' | 'unsubscribe';

const RATE_LIMITED = /rate limit|too many/i;
const TRADE = { symbol: 'product_id', time: 'time' };
const UNAUTHORIZED = /authenticat|unauthori[sz]ed|jwt/i;

/** One connection to Coinbase Advanced. */
export class CoinbaseSession implements VenueSession {
  readonly #sink: VenueSink;
  readonly #channel: CoinbaseChannel;
  readonly #jwt: CoinbaseJwt | undefined;
  readonly #requests: Request[] = [];
  readonly #unanswered = new Set<string>();
  readonly #prices = new Map<string, string>();
  #lastSequence: number | undefined;
  #asksOneByOne = false;

  constructor(sink: VenueSink, channel: CoinbaseChannel, jwt?: CoinbaseJwt) {
    this.#sink = sink;
    this.#channel = channel;
    this.#jwt = jwt;
  }

  start(): void | Promise<void> {
    // The venue closes a connection without a request after five seconds, and a quiet one after a minute.
    const frame = (jwt?: string): void => {
      this.#sink.send(this.#request('subscribe', 'heartbeats', undefined, jwt));
      this.#sink.ready();
    };
    return this.#jwt ? this.#signed().then(frame) : frame();
  }

  subscribe(products: readonly string[]): readonly string[] | Promise<readonly string[]> {
    for (const product of products) this.#prices.delete(product);
    return this.#frames('subscribe', this.#asksOneByOne ? products.map((product) => [product]) : [products]);
  }

  unsubscribe(products: readonly string[]): readonly string[] | Promise<readonly string[]> {
    return this.#frames('unsubscribe', [products]);
  }

  receive(frame: string, receivedAt: number): void {
    let value: unknown;
    try {
      value = JSON.parse(frame);
    } catch {
      return this.#sink.rejected('malformed-json');
    }
    if (!isFields(value)) return this.#sink.rejected('unknown-frame');
    const { type, channel, sequence_num: sequence } = value;
    if (type === 'error') return this.#error(value.message);
    if (typeof channel !== 'string') return this.#sink.rejected('unknown-frame');
    if (sequence !== undefined && !isCount(sequence)) return this.#sink.rejected('bad-field');
    if (sequence !== undefined) this.#checkSequence(sequence);
    if (channel === this.#channel) this.#price(value, receivedAt);
    else if (channel === 'subscriptions') this.#answered(value);
    else this.#sink.control(channel === 'heartbeats' ? 'heartbeat' : 'other-channel');
  }

  #frames(
    verb: Verb,
    groups: readonly (readonly string[])[],
  ): readonly string[] | Promise<readonly string[]> {
    const frames = (jwts: readonly string[]): string[] =>
      groups.map((products, at) => this.#request(verb, this.#channel, products, jwts[at]));
    if (!this.#jwt) return frames([]);
    return Promise.all(groups.map(() => this.#signed())).then(frames);
  }

  async #signed(): Promise<string> {
    const jwt = await this.#jwt!();
    this.#sink.secret(jwt);
    return jwt;
  }

  /** Makes a frame, which must be sent next. */
  #request(verb: Verb, channel: string, products: readonly string[] = [], jwt?: string): string {
    if (verb === 'subscribe') {
      for (const product of products) this.#unanswered.add(product);
      this.#requests.push({ products });
    } else {
      for (const each of this.#requests)
        each.products = each.products.filter((one) => !products.includes(one));
      this.#requests.push({ products: [] });
    }
    return JSON.stringify({
      type: verb,
      ...(products.length > 0 ? { product_ids: products } : {}),
      channel,
      ...(jwt === undefined ? {} : { jwt }),
    });
  }

  /** Sequence numbers count the frames of all channels of a connection. */
  #checkSequence(sequence: number): void {
    const last = this.#lastSequence ?? sequence;
    this.#lastSequence = Math.max(last, sequence);
    if (sequence <= last + 1) return;
    this.#sink.gap();
    // A quiet product would keep its price from before the lost frame. A new connection begins with a snapshot of each product.
    this.#sink.rotate('frames were lost');
  }

  /** The answer lists all subscribed products, and leaves out those that the venue does not know. */
  #answered(fields: Fields): void {
    const listed = new Set<unknown>();
    for (const { subscriptions } of eventsOf(fields)) {
      const products = isFields(subscriptions) ? subscriptions[this.#channel] : undefined;
      if (Array.isArray(products)) for (const product of products) listed.add(product);
    }
    const request = this.#requests.shift();
    const confirmed = [...this.#unanswered].filter((product) => listed.has(product));
    for (const product of confirmed) this.#unanswered.delete(product);
    if (confirmed.length > 0) this.#sink.confirmed(confirmed);
    else this.#sink.control('answer');
    for (const product of request?.products ?? []) {
      if (this.#unanswered.delete(product))
        this.#sink.refused(product, 'the venue does not list it as subscribed');
    }
  }

  #error(message: unknown): void {
    this.#sink.control('error');
    if (typeof message !== 'string' || RATE_LIMITED.test(message)) return;
    if (UNAUTHORIZED.test(message)) return this.#sink.fatal('UNAUTHORIZED', message);
    // The request stays in the queue: if the error is not its answer, the next answer still belongs to it.
    const request = this.#requests.find(({ hasFailed }) => !hasFailed);
    if (!request) return;
    const { products } = request;
    request.hasFailed = true;
    request.products = [];
    // The error does not name the bad product: unanswered products will be requested again, one by one.
    if (products.length > 1) this.#asksOneByOne = true;
    else if (this.#unanswered.delete(products[0] ?? '')) this.#sink.refused(products[0]!, message);
  }

  #price(fields: Fields, receivedAt: number): void {
    const time = readTime(fields.timestamp, receivedAt);
    const events = eventsOf(fields);
    if (events.length === 0 || !time) return this.#sink.rejected('bad-field');
    for (const { type, trades, tickers } of events) {
      const isTrades = this.#channel === 'market_trades';
      const list: unknown = isTrades ? trades : tickers;
      if (!Array.isArray(list)) this.#sink.rejected('bad-field');
      else if (list.length === 0) this.#sink.control('empty');
      else if (!isTrades) for (const ticker of list as unknown[]) this.#ticker(ticker, time, receivedAt);
      else {
        const found = readTrades(list, TRADE, type === 'snapshot', receivedAt, this.#sink);
        for (const update of found) this.#sink.update(update);
      }
    }
  }

  #ticker(ticker: unknown, time: FrameTime, receivedAt: number): void {
    if (!isFields(ticker) || !isName(ticker.product_id)) return this.#sink.rejected('bad-field');
    const symbol = ticker.product_id;
    const [traded, bid, ask] = [ticker.price, ticker.best_bid, ticker.best_ask].map(readPrice);
    if (traded === false || bid === false || ask === false) return this.#sink.rejected('bad-price');
    if (traded !== undefined) this.#prices.set(symbol, traded);
    const price = this.#prices.get(symbol);
    if (price === undefined) return this.#sink.control('quote-before-trade');
    this.#sink.update({ symbol, price, ...time, receivedAt, ...(bid && { bid }), ...(ask && { ask }) });
  }
}

function eventsOf({ events }: Fields): readonly Fields[] {
  return Array.isArray(events) ? events.filter(isFields) : [];
}
