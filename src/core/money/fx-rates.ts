import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { CurrencyGraph } from './currency-graph.js';
import { currencyOf } from './currency.js';
import type { Decimal } from './decimal.js';
import { powerOfTen } from './integer.js';
import { keepRaw } from '../keep-raw.js';

/** A currency pair: its price is the number of `quote` units for one `base` unit, as markets quote it. */
export interface FxPair {
  /** Symbol of its prices in the stream. */
  readonly symbol: string;
  /** The currency of which the price buys one unit: EUR in EUR/USD. */
  readonly base: string;
  /** The currency that the price is in: USD in EUR/USD. */
  readonly quote: string;
}

/** The newest prices of a pair; `null` is unknown. */
export interface FxQuote {
  readonly last: Decimal;
  readonly bid: Decimal | null;
  readonly ask: Decimal | null;
  /** Last price of the previous day. */
  readonly previousClose?: Decimal | null;
  /** Until when that is of the previous day, ms since 1970. Default: no limit. */
  readonly previousCloseUntil?: number;
  /** Venue time, ms since 1970. */
  readonly asOf: number;
  /** When it arrived here, ms since 1970. */
  readonly receivedAt: number;
}

/**
 * Which price of a pair converts an amount: `last` is the last price; `sell` is what a holder of the currency gets (the bid, or 1 / ask
 * in the inverse direction); `buy` is what a debtor of the currency pays. A pair without quotes uses its last price. `previous` is the
 * close of the previous day: a pair without one has no rate.
 */
export type FxSide = 'last' | 'sell' | 'buy' | 'previous';

/** A rate along a path of pairs, as a ratio, so that an inverse is exact. One unit of `from` is `numerator / denominator` units of `to`. */
export interface FxRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** Symbols of the pairs along the path; steps between a currency and its minor unit have none. */
  readonly path: readonly string[];
  /** Venue time of the newest leg, ms since 1970; 0 without a leg. */
  readonly newest: number;
  /** Venue time of the oldest leg; Infinity without a leg. */
  readonly oldest: number;
  /** Arrival of the leg that arrived first; Infinity without a leg. */
  readonly oldestReceivedAt: number;
}

/**
 * A pair from its usual name.
 * @throws TickmarkError `INVALID_ARGUMENT` for a name of another form, `UNKNOWN_CURRENCY`.
 * @example
 * ```ts
 * import { fxPair } from 'tickmark';
 *
 * fxPair('EUR/USD'); // { symbol: 'EUR/USD', base: 'EUR', quote: 'USD' }
 * fxPair('EURUSD'); // { symbol: 'EURUSD', base: 'EUR', quote: 'USD' }
 * ```
 */
export function fxPair(symbol: string): FxPair {
  const match = /^([A-Za-z]{3,5})[/_-]([A-Za-z]{3,5})$/.exec(symbol) ?? /^([A-Z]{3})([A-Z]{3})$/.exec(symbol);
  if (!match) throw invalidArgument('fxPair', symbol, 'a name such as "EUR/USD" or "EURUSD"');
  return checkedPair({ symbol, base: match[1]!, quote: match[2]! });
}

/**
 * Exchange rates as a graph: quoted pairs and the fixed ratios of minor units connect currencies. A rate follows the shortest path of
 * pairs whose price is young enough; among equally short paths, the pair that is listed first decides.
 * @example
 * ```ts
 * import { Decimal } from 'tickmark';
 * import { FxRates } from 'tickmark/parts';
 *
 * const rates = new FxRates(['EUR/USD']);
 * const now = Date.now();
 * rates.update('EUR/USD', { last: Decimal.from('1.25'), bid: null, ask: null, asOf: now, receivedAt: now });
 * const rate = rates.rate('USD', 'EUR', now); // { numerator: 100n, denominator: 125n, path: ['EUR/USD'], … }
 * ```
 */
export class FxRates {
  static {
    keepRaw(this);
  }

  readonly #pairs = new Map<string, FxPair>();
  readonly #quotes = new Map<string, FxQuote>();
  readonly #graph = new CurrencyGraph();
  readonly #maxAgeMs: number;
  /** Rises with each change of a rate. */
  version = 0;
  /** Rises with each change of a previous close. */
  previousVersion = 0;

  /**
   * @param maxAgeMs Age in ms above which the price of a pair counts as unknown. Default: no limit.
   * @throws TickmarkError `UNKNOWN_CURRENCY`; `INVALID_ARGUMENT` for a pair of one currency, a symbol listed twice
   * or an age below 0.
   */
  constructor(pairs: ReadonlyArray<FxPair | string> = [], maxAgeMs = Infinity) {
    if (typeof maxAgeMs !== 'number' || !(maxAgeMs >= 0))
      throw invalidArgument('FxRates: maxAgeMs (fxMaxAgeMs)', maxAgeMs, 'ms from 0');
    this.#maxAgeMs = maxAgeMs;
    // A text is iterable too, letter by letter.
    if (!Array.isArray(pairs))
      throw invalidArgument('FxRates: pairs (fx)', pairs, "a list such as ['EUR/USD']");
    for (const given of pairs) {
      const pair = typeof given === 'string' ? fxPair(given) : checkedPair(given);
      if (this.#pairs.has(pair.symbol))
        throw invalidArgument('FxRates: pairs', pair.symbol, 'each symbol once');
      this.#pairs.set(pair.symbol, pair);
      this.#graph.join(pair.symbol, pair.base, pair.quote);
    }
  }

  /** All pairs. */
  get pairs(): readonly FxPair[] {
    return [...this.#pairs.values()];
  }

  /** Symbols of all pairs. */
  get symbols(): readonly string[] {
    return [...this.#pairs.keys()];
  }

  /** Identifies the set of pairs: the same string for the same pairs in any process; empty without pairs. */
  get fingerprint(): string {
    if (this.#pairs.size === 0) return '';
    const names = [...this.#pairs.values()].map((pair) => `${pair.symbol}\n${pair.base}\n${pair.quote}`);
    return fnv1a(names.sort().join('\n')).toString(36);
  }

  /** Age in ms above which a price counts as unknown. */
  get maxAgeMs(): number {
    return this.#maxAgeMs;
  }

  /** Whether a symbol is a pair. */
  has(symbol: string): boolean {
    return this.#pairs.has(symbol);
  }

  /**
   * Sets the newest price of a pair; a symbol that is no pair is ignored.
   * @throws TickmarkError `INVALID_ARGUMENT` for a rate that is not above zero.
   */
  update(symbol: string, fresh: FxQuote): void {
    if (!this.#pairs.has(symbol)) return;
    for (const rate of [fresh.last, fresh.bid, fresh.ask, fresh.previousClose]) {
      if (rate && rate.sign <= 0)
        throw invalidArgument(`FxRates: rate of ${quote(symbol)}`, rate.toString(), 'a rate above zero');
    }
    const [known, previous] = [this.#quotes.get(symbol)?.previousClose, fresh.previousClose];
    if (known && previous ? !known.equals(previous) : !known !== !previous) this.previousVersion++;
    this.#quotes.set(symbol, fresh);
    this.version++;
  }

  /** Takes in that a previous close has ceased to count. */
  closeExpired(): void {
    this.previousVersion++;
  }

  /**
   * The rate from one currency to another at a time, or `null` when no path has prices that are young enough.
   * @param now ms since 1970.
   * @throws TickmarkError `UNKNOWN_CURRENCY`.
   */
  rate(from: string, to: string, now: number, side: FxSide = 'last'): FxRate | null {
    const path = this.#graph.path(from, to, (symbol) => this.#isUsable(symbol, now, side));
    if (!path) return null;
    let numerator = 1n;
    let denominator = 1n;
    let newest = 0;
    let oldest = Infinity;
    let oldestReceivedAt = Infinity;
    const symbols: string[] = [];
    for (const { symbol, inverse, ratio } of path) {
      if (symbol === null) {
        if (inverse) numerator *= ratio;
        else denominator *= ratio;
        continue;
      }
      const fresh = this.#quotes.get(symbol)!;
      const price = priceOf(fresh, side, inverse);
      const [over, under] = [price.units, powerOfTen(price.scale)];
      numerator *= inverse ? under : over;
      denominator *= inverse ? over : under;
      symbols.push(symbol);
      newest = Math.max(newest, fresh.asOf);
      oldest = Math.min(oldest, fresh.asOf);
      oldestReceivedAt = Math.min(oldestReceivedAt, fresh.receivedAt);
    }
    return { numerator, denominator, path: symbols, newest, oldest, oldestReceivedAt };
  }

  #isUsable(symbol: string, now: number, side: FxSide): boolean {
    const fresh = this.#quotes.get(symbol);
    if (side === 'previous') return !!fresh?.previousClose && now <= (fresh.previousCloseUntil ?? Infinity);
    return fresh !== undefined && now - fresh.receivedAt <= this.#maxAgeMs;
  }
}

function priceOf(fresh: FxQuote, side: FxSide, inverse: boolean): Decimal {
  if (side === 'last') return fresh.last;
  if (side === 'previous') return fresh.previousClose!;
  // Selling the base currency of the pair earns the bid; selling the quote currency costs the ask; buying is the reverse.
  const price = (side === 'sell') === !inverse ? fresh.bid : fresh.ask;
  return price ?? fresh.last;
}

// The 32-bit hash of Fowler, Noll and Vo, over UTF-16 units: short, and the same everywhere.
function fnv1a(input: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < input.length; at++) hash = Math.imul(hash ^ input.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

function checkedPair(pair: FxPair): FxPair {
  if (typeof pair.symbol !== 'string' || pair.symbol === '') {
    throw invalidArgument('FxPair: symbol', pair.symbol, 'a string that is not empty');
  }
  const base = currencyOf(pair.base, `FxPair ${quote(pair.symbol)}: base`).code;
  const quoted = currencyOf(pair.quote, `FxPair ${quote(pair.symbol)}: quote`).code;
  if (base === quoted)
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `FxPair ${quote(pair.symbol)}: base and quote are both ${base}.`,
    );
  return { symbol: pair.symbol, base, quote: quoted };
}
