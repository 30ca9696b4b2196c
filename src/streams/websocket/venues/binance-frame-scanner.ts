const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COMMA = 44;
const BACKSLASH = 92;
const TILDE = 126;

/** What a frame is. */
export type ScannedKind = 'trade' | 'aggTrade' | 'quote' | undefined;

/** Digits that a price may have to be exact without being looked at further. */
const EXACT_DIGITS = 15;

/**
 * Reads `trade`, `aggTrade` and `bookTicker` frames of Binance without making objects of them. It knows the exact sequence of their
 * keys; a frame that differs by a character, were it only a space, is left to `JSON.parse`, so that both always agree.
 */
export class BinanceFrameScanner {
  symbol = '';
  /** Price of the trade, or best bid. */
  price = '';
  /** Best ask. */
  ask = '';
  /** Time of the trade, ms since 1970. */
  time = 0;
  /** Number of the trade. */
  id = 0;
  /** Whether the prices are short enough to need no further look. */
  isExact = false;
  #text = '';
  #at = 0;
  #number = 0;

  /** Reads a frame; `undefined` when it is of another shape. */
  scan(text: string): ScannedKind {
    this.#text = text;
    this.#at = 0;
    this.isExact = true;
    const isWrapped = this.#skip('{"stream":"');
    if (isWrapped && !(this.#plainText() && this.#skip('","data":'))) return undefined;
    const kind = this.#body();
    if (kind === undefined || !this.#skip(isWrapped ? '}}' : '}')) return undefined;
    return this.#at === text.length ? kind : undefined;
  }

  #body(): ScannedKind {
    if (this.#skip('{"u":')) return this.#quote() ? 'quote' : undefined;
    if (this.#skip('{"e":"trade","E":')) return this.#trade('"t":') ? 'trade' : undefined;
    if (this.#skip('{"e":"aggTrade","E":')) return this.#trade('"a":') ? 'aggTrade' : undefined;
    return undefined;
  }

  #quote(): boolean {
    if (!this.#digits() || !this.#skip(',"s":"') || !this.#name() || !this.#skip('","b":"')) return false;
    const bid = this.#at;
    if (!this.#decimal(true)) return false;
    this.price = this.#text.slice(bid, this.#at);
    if (!this.#skip('","B":"') || !this.#decimal(false) || !this.#skip('","a":"')) return false;
    const ask = this.#at;
    if (!this.#decimal(true)) return false;
    this.ask = this.#text.slice(ask, this.#at);
    return this.#skip('","A":"') && this.#decimal(false) && this.#skip('"');
  }

  #trade(idKey: string): boolean {
    if (!this.#digits() || !this.#skip(',"s":"') || !this.#name() || !this.#skip('",')) return false;
    if (!this.#skip(idKey) || !this.#digits()) return false;
    this.id = this.#number;
    if (!this.#skip(',"p":"')) return false;
    const price = this.#at;
    if (!this.#decimal(true)) return false;
    this.price = this.#text.slice(price, this.#at);
    if (!this.#skip('","q":"') || !this.#decimal(false) || !this.#skip('",')) return false;
    // Order numbers of older frames, first and last trade of an aggregate.
    if (this.#skip('"b":') && !(this.#digits() && this.#skip(',"a":') && this.#digits() && this.#skip(',')))
      return false;
    if (this.#skip('"f":') && !(this.#digits() && this.#skip(',"l":') && this.#digits() && this.#skip(',')))
      return false;
    if (!this.#skip('"T":') || !this.#digits()) return false;
    this.time = this.#number;
    return this.#skip(',"m":') && this.#truth() && this.#skip(',"M":') && this.#truth();
  }

  #skip(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false;
    this.#at += literal.length;
    return true;
  }

  #truth(): boolean {
    return this.#skip('true') || this.#skip('false');
  }

  /** A whole number of at most 15 digits, without a leading zero, into `#number`. */
  #digits(): boolean {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) {
      value = value * 10 + (code - ZERO);
    }
    const length = at - start;
    if (length === 0 || length > 15 || (length > 1 && text.charCodeAt(start) === ZERO)) return false;
    this.#number = value;
    this.#at = at;
    return true;
  }

  /** A price: digits, or digits with a point between them. */
  #decimal(isPrice: boolean): boolean {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let dot = -1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= NINE) at++;
      else if (code === DOT && dot < 0) dot = at++;
      else break;
    }
    if (at === start || dot === start || dot === at - 1) return false;
    if (isPrice && at - start > (dot < 0 ? EXACT_DIGITS : EXACT_DIGITS + 1)) this.isExact = false;
    this.#at = at;
    return true;
  }

  #name(): boolean {
    const start = this.#at;
    if (!this.#plainText()) return false;
    this.symbol = this.#text.slice(start, this.#at);
    return true;
  }

  /** Letters, digits and marks that JSON would not write in another way, up to what is none. */
  #plainText(): boolean {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (!(code >= COMMA && code <= TILDE) || code === BACKSLASH) break;
      at++;
    }
    this.#at = at;
    return at > start;
  }
}
