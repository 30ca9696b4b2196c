import { parseExactJson } from '../../../core/money/exact-json.js';
import type { VenueSession, VenueSink } from '../venue.js';

type Fields = Readonly<Record<string, unknown>>;

/** One connection to Finnhub. */
export class FinnhubSession implements VenueSession {
  readonly #sink: VenueSink;
  /** Asked for and without a price so far, the last one asked for at the end. */
  readonly #unconfirmed = new Set<string>();

  constructor(sink: VenueSink) {
    this.#sink = sink;
  }

  subscribe(symbols: readonly string[]): readonly string[] {
    for (const symbol of symbols) this.#unconfirmed.add(symbol);
    return symbols.map((symbol) => JSON.stringify({ type: 'subscribe', symbol }));
  }

  unsubscribe(symbols: readonly string[]): readonly string[] {
    for (const symbol of symbols) this.#unconfirmed.delete(symbol);
    return symbols.map((symbol) => JSON.stringify({ type: 'unsubscribe', symbol }));
  }

  receive(frame: string | Uint8Array, receivedAt: number): void {
    if (typeof frame !== 'string') return this.#sink.rejected('binary');
    let value: unknown;
    try {
      value = parseExactJson(frame);
    } catch {
      return this.#sink.rejected('malformed-json');
    }
    if (!isFields(value)) return this.#sink.rejected('unknown-frame');
    const { type } = value;
    if (type === 'trade') this.#trades(value.data, receivedAt);
    else if (type === 'ping') this.#sink.control('ping');
    else if (type === 'error') this.#error(value.msg);
    else if (type === 'news' || type === 'pr') this.#sink.control('news');
    else this.#sink.rejected('unknown-type');
  }

  #trades(data: unknown, receivedAt: number): void {
    if (!Array.isArray(data)) return this.#sink.rejected('bad-field');
    if (data.length === 0) return this.#sink.control('no-trades');
    for (const trade of data as readonly unknown[]) {
      if (isFields(trade)) this.#trade(trade, receivedAt);
      else this.#sink.rejected('bad-field');
    }
  }

  #trade({ s, p, t }: Fields, receivedAt: number): void {
    if (typeof s !== 'string' || typeof p !== 'string' || typeof t !== 'string')
      return this.#sink.rejected('bad-field');
    this.#unconfirmed.delete(s);
    const timestamp = Number(t);
    const currency = currencyOf(s);
    this.#sink.update({ symbol: s, price: p, timestamp, receivedAt, ...(currency ? { currency } : {}) });
  }

  /** Errors do not say which request they answer; what they say is all there is. */
  #error(said: unknown): void {
    const message = typeof said === 'string' ? said : '';
    this.#sink.control('error');
    if (/api key/i.test(message)) return this.#sink.fatal('UNAUTHORIZED', message);
    const symbols = [...this.#unconfirmed];
    // The last one asked for is one too many, for those before it had a place.
    const concerned = /too many symbols/i.test(message)
      ? symbols.at(-1)
      : symbols.find((symbol) => endsWith(message, symbol));
    if (concerned === undefined) return;
    this.#unconfirmed.delete(concerned);
    this.#sink.refused(concerned, message);
  }
}

/** Only plain symbols are of US exchanges; what others are in, frames do not say. */
function currencyOf(symbol: string): string | undefined {
  return /^[A-Z]+$/.test(symbol) ? 'USD' : undefined;
}

function endsWith(message: string, symbol: string): boolean {
  const text = message.replace(/[\s."')]+$/, '');
  return text.endsWith(symbol) && /[\s:"'(]/.test(text.at(-symbol.length - 1) ?? '');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
