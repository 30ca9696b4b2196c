import { parseExactJson } from '../../../core/money/exact-json.js';
import { priceFault, type MarketState } from '../../../core/prices/price-update.js';
import type { VenueSession, VenueSink } from '../venue-session.js';
import { AlpacaRequests } from './alpaca-requests.js';
import { isFields, isName, type Fields } from './frame-fields.js';
import { isBefore, readRfc3339, type FineTime } from './rfc3339.js';
import { specialTrade, type SpecialTrade } from './us-trade-conditions.js';

/** Options of {@link AlpacaSession}. */
export interface AlpacaSessionOptions {
  readonly key: string;
  readonly secret: string;
  readonly channels: readonly string[];
  /** Trades that set no price. */
  readonly ignoredTrades: ReadonlySet<SpecialTrade>;
  /** State of every price. */
  readonly state?: MarketState;
}

interface Instrument {
  readonly symbol: string;
  price: string | undefined;
  tradedAt: FineTime;
  bid: string | undefined;
  ask: string | undefined;
  quotedAt: FineTime;
}

/** Types of messages without a price, and the kinds they are counted as. */
const OTHER_MESSAGES: ReadonlyMap<unknown, string> = new Map([
  ['c', 'trade-correction'],
  ['x', 'trade-cancel'],
  ['b', 'bar'],
  ['d', 'bar'],
  ['u', 'bar'],
  ['s', 'trading-status'],
  ['l', 'price-band'],
  ['i', 'imbalance'],
]);
const CURRENCY = 'USD';
const NEVER: FineTime = { ms: -1, nanos: 0 };

/** One connection to Alpaca. */
export class AlpacaSession implements VenueSession {
  readonly #sink: VenueSink;
  readonly #options: AlpacaSessionOptions;
  readonly #requests: AlpacaRequests;
  readonly #instruments = new Map<string, Instrument>();
  #hasLoggedIn = false;
  #isAuthenticated = false;

  constructor(sink: VenueSink, settings: AlpacaSessionOptions) {
    this.#sink = sink;
    this.#options = settings;
    this.#requests = new AlpacaRequests(sink, settings.channels);
  }

  start(): void {
    // The venue sends the first frame; the login follows it.
  }

  subscribe(symbols: readonly string[]): readonly string[] {
    // A trade of an earlier subscription is too old to be combined with a new quote.
    for (const symbol of symbols) this.#instruments.delete(symbol);
    return [this.#requests.subscribe(symbols)];
  }

  unsubscribe(symbols: readonly string[]): readonly string[] {
    return [this.#requests.unsubscribe(symbols)];
  }

  receive(frame: string, receivedAt: number): void {
    let value: unknown;
    try {
      value = parseExactJson(frame);
    } catch {
      return this.#sink.rejected('malformed-json');
    }
    const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (messages.length === 0) return this.#sink.rejected('empty-frame');
    for (const message of messages) this.#message(message, receivedAt);
  }

  #message(message: unknown, receivedAt: number): void {
    if (!isFields(message)) return this.#sink.rejected('unknown-frame');
    const { T } = message;
    if (T === 't') return this.#trade(message, receivedAt);
    if (T === 'q') return this.#quote(message, receivedAt);
    if (T === 'success') return this.#success(message.msg);
    if (T === 'subscription') return this.#requests.accepted(new Set(namesIn(message.trades)));
    if (T === 'error') return this.#error(message);
    const kind = OTHER_MESSAGES.get(T);
    if (kind === undefined) this.#sink.rejected('unknown-type');
    else this.#sink.control(kind);
  }

  #trade({ S, p, t, c, z }: Fields, receivedAt: number): void {
    const at = readRfc3339(t);
    if (!isName(S) || !at) return this.#sink.rejected('bad-field');
    if (!isPrice(p)) return this.#sink.rejected('bad-price');
    const kind = specialTrade(Array.isArray(c) ? c : [], z, this.#options.ignoredTrades);
    if (kind) return this.#sink.control(kind);
    const instrument = this.#instrumentOf(S);
    // A late trade is delivered with its own time, and not combined with later quotes.
    if (isBefore(at, instrument.tradedAt)) return this.#deliver(S, p, at, undefined, undefined, receivedAt);
    instrument.price = p;
    instrument.tradedAt = at;
    this.#deliverMerged(instrument, p, receivedAt);
  }

  #quote({ S, bp, ap, t }: Fields, receivedAt: number): void {
    const at = readRfc3339(t);
    if (!isName(S) || !at) return this.#sink.rejected('bad-field');
    if (!isPrice(bp) || !isPrice(ap)) return this.#sink.rejected('bad-price');
    const instrument = this.#instrumentOf(S);
    if (isBefore(at, instrument.quotedAt)) return this.#sink.control('late-quote');
    // 0 means that this side has no quote.
    instrument.bid = Number(bp) > 0 ? bp : undefined;
    instrument.ask = Number(ap) > 0 ? ap : undefined;
    instrument.quotedAt = at;
    if (instrument.price === undefined) return this.#sink.control('quote-before-trade');
    this.#deliverMerged(instrument, instrument.price, receivedAt);
  }

  /** Trades and quotes come in separate messages: an update has the time of the later one. */
  #deliverMerged(
    { symbol, bid, ask, tradedAt, quotedAt }: Instrument,
    price: string,
    receivedAt: number,
  ): void {
    const at = isBefore(tradedAt, quotedAt) ? quotedAt : tradedAt;
    this.#deliver(symbol, price, at, bid, ask, receivedAt);
  }

  #deliver(
    symbol: string,
    price: string,
    at: FineTime,
    bid: string | undefined,
    ask: string | undefined,
    receivedAt: number,
  ): void {
    const { state } = this.#options;
    const { ms: timestamp, nanos: sequence } = at;
    const update = { symbol, price, timestamp, receivedAt, bid, ask, sequence, currency: CURRENCY, state };
    this.#sink.update(update, true);
  }

  #instrumentOf(symbol: string): Instrument {
    let found = this.#instruments.get(symbol);
    if (!found) {
      found = { symbol, price: undefined, tradedAt: NEVER, bid: undefined, ask: undefined, quotedAt: NEVER };
      this.#instruments.set(symbol, found);
    }
    return found;
  }

  #success(message: unknown): void {
    if (message === 'authenticated') {
      this.#isAuthenticated = true;
      return this.#sink.ready();
    }
    this.#sink.control('greeting');
    if (this.#hasLoggedIn) return;
    this.#hasLoggedIn = true;
    const { key, secret } = this.#options;
    this.#sink.send(JSON.stringify({ action: 'auth', key, secret }));
  }

  #error({ code: given, msg }: Fields): void {
    const code = Number(given);
    const message = typeof msg === 'string' ? msg : 'error';
    this.#sink.control('error');
    switch (code) {
      case 402: // auth failed
      case 411: // insufficient scope
        return this.#sink.fatal('UNAUTHORIZED', `${message} (code ${code})`);
      case 406: // connection limit exceeded
        return this.#sink.fatal('VENUE_LIMIT', `${message} (code ${code})`);
      case 403: // already authenticated
        return;
      case 401: // not authenticated
      case 404: // auth timeout
      case 407: // slow client
      case 500: // internal error
        return this.#sink.broken(`${message} (code ${code})`);
    }
    if (this.#isAuthenticated) return this.#requests.rejected(message, code);
    // Before the login is done, the venue refuses the feed.
    if (code === 409) this.#sink.fatal('UNAUTHORIZED', `${message} (code ${code})`);
    else this.#sink.broken(`${message} (code ${code})`);
  }
}

function isPrice(value: unknown): value is string {
  return typeof value === 'string' && priceFault(value, true) === null;
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isName) : [];
}
