import { parseExactJson } from '../../../core/money/exact-json.js';
import type { VenueSession, VenueSink } from '../venue-session.js';
import { isFields, type Fields } from './frame-fields.js';

/** One connection to Finnhub. */
export class FinnhubSession implements VenueSession {
  readonly #sink: VenueSink;
  /** Requested symbols without a price so far, in the order of the requests. */
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

  receive(frame: string, receivedAt: number): void {
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

  /** An error does not name its request: only its text shows which symbol it is about. */
  #error(given: unknown): void {
    const message = typeof given === 'string' ? given : '';
    this.#sink.control('error');
    if (/api key/i.test(message)) return this.#sink.fatal('UNAUTHORIZED', message);
    const symbols = [...this.#unconfirmed];
    // The last requested symbol is the one too many: there was room for those before it.
    const refused = /too many symbols/i.test(message)
      ? symbols.at(-1)
      : symbols.find((symbol) => endsWith(message, symbol));
    if (refused === undefined) return;
    this.#unconfirmed.delete(refused);
    this.#sink.refused(refused, message);
  }
}

/** Symbols without a prefix are of US exchanges. For others, frames give no currency. */
function currencyOf(symbol: string): string | undefined {
  return /^[A-Z]+$/.test(symbol) ? 'USD' : undefined;
}

function endsWith(message: string, symbol: string): boolean {
  const text = message.replace(/[\s."')]+$/, '');
  return text.endsWith(symbol) && /[\s:"'(]/.test(text.at(-symbol.length - 1) ?? '');
}
