import { quote as quoteText, TickmarkError } from '../errors.js';
import { caseHint, isKnownCurrency } from '../money/currency.js';
import { readPrice } from '../money/scaled-number.js';

/** State of trading in a symbol, as the venue reports it. Absent means open. */
export type MarketState = 'open' | 'closed' | 'halted' | 'delayed';

/** The newest price of one symbol, as a stream delivers it. */
export interface PriceUpdate {
  /** Name of the instrument at the venue or in the application, 1 to 256 characters. */
  readonly symbol: string;
  /**
   * Last trade price or mark price, per unit, in `currency`. A string keeps up to 15 digits (16 below 9007199254740992), 18 of them after the point;
   * a longer one is rounded to what a float64 carries, and counted. For numbers see `DecimalInput`.
   */
  readonly price: number | string;
  /** Venue time in ms since 1970. If the venue gives none: the time of receipt, with `timeSource: 'received'`. */
  readonly timestamp: number;
  /** `'received'` if `timestamp` is a time of receipt. Default `'venue'`. */
  readonly timeSource?: 'venue' | 'received';
  /** When it arrived here, in ms since 1970 on this machine's clock. Default: when the processor gets it. */
  readonly receivedAt?: number;
  /** Best bid, in the same currency. */
  readonly bid?: number | string;
  /** Best ask, in the same currency. */
  readonly ask?: number | string;
  /** Close of the previous session, in the same currency and in today's units: the base of day P&L. */
  readonly previousClose?: number | string;
  /** When that session closed, ms since 1970: later trades are of today. */
  readonly previousCloseAt?: number;
  /** Interest accrued on a bond, as the price is quoted. */
  readonly accrued?: number | string;
  /** Interest that was accrued at the previous close. */
  readonly previousAccrued?: number | string;
  /** Currency of all prices of this update, which may be a minor unit (`GBp`). Default: the currency of the position. */
  readonly currency?: string;
  /** The venue's sequence number for this symbol: the order of updates with the same `timestamp`. */
  readonly sequence?: number;
  /** Trading state, where the venue reports it. */
  readonly state?: MarketState;
}

/** The optional fields of an update that describe its price. */
export interface PriceDetails {
  readonly bid?: number | string;
  readonly ask?: number | string;
  readonly previousClose?: number | string;
  readonly previousCloseAt?: number;
  readonly accrued?: number | string;
  readonly previousAccrued?: number | string;
  readonly currency?: string;
  readonly state?: MarketState;
}

/** The details of an update; `undefined` if it has none, like most updates. */
export function detailsOf(update: PriceUpdate): PriceDetails | undefined {
  return isBare(update) ? undefined : pickDetails(update);
}

/** Whether an update, or its details, has none of the fields of {@link PriceDetails}. */
export function isBare(update: PriceDetails): boolean {
  return (
    update.bid === undefined &&
    update.ask === undefined &&
    update.previousClose === undefined &&
    update.currency === undefined &&
    update.state === undefined &&
    update.previousCloseAt === undefined &&
    update.accrued === undefined &&
    update.previousAccrued === undefined
  );
}

function pickDetails(update: PriceUpdate): PriceDetails {
  const { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state } = update;
  return { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state };
}

/** Why an update is rejected. */
export type PriceRejection =
  | 'empty-symbol'
  | 'not-a-number'
  | 'not-finite'
  | 'not-positive'
  | 'too-many-digits'
  | 'bad-timestamp'
  | 'unknown-currency'
  | 'not-an-update';

/**
 * A price update was rejected (`PRICE_REJECTED`).
 *
 * @example
 * ```ts
 * import { PriceRejectedError, type TickmarkError } from 'tickmark';
 *
 * const onError = (error: TickmarkError): void => {
 *   if (error instanceof PriceRejectedError) console.warn(error.reason, error.update);
 * };
 * ```
 */
export class PriceRejectedError extends TickmarkError {
  /** Why it was rejected. */
  readonly reason: PriceRejection;
  /** The update that was given. */
  readonly update: unknown;

  /** @param now When it arrived, ms since 1970. With it, the message names the unit that a wrong time seems to be in. */
  constructor(reason: PriceRejection, update: unknown, now?: number) {
    const { symbol, price, timestamp, currency } = (
      typeof update === 'object' && update !== null ? update : {}
    ) as PriceUpdate;
    let hint = reason === 'bad-timestamp' && now !== undefined ? arrivalHint(update, now) : '';
    if (reason === 'not-an-update') hint = `It is ${quoteText(update)}. `;
    if (reason === 'unknown-currency') hint = `Its currency is ${quoteText(currency)}.${caseHint(currency)} `;
    super(
      'PRICE_REJECTED',
      `Price update of ${quoteText(symbol)} refused (${reason}): price ${quoteText(price)}, timestamp ${quoteText(timestamp)}. ` +
        `${hint}${ACCEPTED[reason]}`,
    );
    this.reason = reason;
    this.update = update;
  }
}

const ACCEPTED: Record<PriceRejection, string> = {
  'empty-symbol': 'The symbol must be a string of 1 to 256 characters.',
  'not-a-number': 'The price must be a number or a decimal string such as "12.50".',
  'not-finite': 'The price must be finite.',
  'not-positive': 'The price must be above zero, unless allowNonPositive is set.',
  'too-many-digits': 'A price is below 1e15, and has at most 18 digits after the point.',
  'bad-timestamp': 'The timestamp must be a number: ms since 1970, from 0 to 8.64e15.',
  'unknown-currency': 'The currency must be known; see defineCurrency().',
  'not-an-update': 'An update is an object with symbol, price and timestamp; a gap has a list of symbols.',
};

/** Why a price is rejected; `null` if it is valid. Zero and below are valid only with `allowNonPositive`. */
export function priceFault(price: unknown, allowNonPositive: boolean): PriceRejection | null {
  const isPlain = typeof price === 'number' && price > 1e-18 && price < 1e15;
  return isPlain ? null : unusualPriceFault(price, allowNonPositive);
}

function unusualPriceFault(price: unknown, allowNonPositive: boolean): PriceRejection | null {
  if (typeof price === 'number') {
    if (Number.isNaN(price)) return 'not-a-number';
    if (!Number.isFinite(price)) return 'not-finite';
  } else if (typeof price !== 'string') {
    return 'not-a-number';
  }
  const scaled = readPrice(price);
  if (scaled === 'malformed') return 'not-a-number';
  if (scaled === 'too-long') return 'too-many-digits';
  return scaled.units <= 0 && !allowNonPositive ? 'not-positive' : null;
}

const STATES: ReadonlySet<unknown> = new Set(['open', 'closed', 'halted', 'delayed']);

/** Whether a value is a {@link MarketState}. */
export function isMarketState(value: unknown): value is MarketState {
  return STATES.has(value);
}

/** Why an update is rejected; `null` if it is valid. Details that cannot be used reject nothing, except a currency: without it, the price would be another amount. */
export function updateFault(update: PriceUpdate, allowNonPositive: boolean): PriceRejection | null {
  if (typeof update !== 'object' || update === null) return 'not-an-update';
  const { symbol, timestamp, currency } = update;
  if (typeof symbol !== 'string' || symbol.length === 0 || symbol.length > 256) return 'empty-symbol';
  const fault = priceFault(update.price, allowNonPositive);
  if (fault !== null) return fault;
  if (!isTime(timestamp)) return 'bad-timestamp';
  return currency == null || isKnownCurrency(currency) ? null : 'unknown-currency';
}

// The latest time of a Date. Times in nanoseconds are above it; accepted as ms, they would make all later prices look older.
const LATEST_TIME = 8.64e15;

/** Whether a value can be a time in ms since 1970. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATEST_TIME;
}

/** A time that is this far ahead of its receipt, in ms, is rejected: no clock is that wrong. */
const FARTHEST_AHEAD_MS = 86_400_000;
/** Before this time (1973), seconds and ms cannot be distinguished. */
const UNITS_DIFFER_FROM = 1e11;

/** What is wrong with a time that arrives at `now`: not in ms, or far ahead; `null` if it is valid. */
export function arrivalFault(time: number, now: number): string | null {
  const unit = unitFault(time, now);
  return unit === null && time > now + FARTHEST_AHEAD_MS
    ? `The time is more than a day ahead of its receipt at ${now}.`
    : unit;
}

function arrivalHint(update: unknown, now: number): string {
  const { timestamp } = update as PriceUpdate;
  if (timestamp == null)
    return 'If the venue gives no time, give that of receipt, with timeSource: "received". ';
  const fault = Number.isFinite(timestamp) ? arrivalFault(timestamp, now) : null;
  return fault === null ? '' : `${fault} `;
}

/** The unit that a time seems to be in, if the current time in ms is `now`; `null` for ms. */
export function unitFault(time: number, now: number): string | null {
  if (now < UNITS_DIFFER_FROM) return null;
  // Read as ms, seconds since 1970 are a day in January 1970.
  if (time < now / 500) return time > now / 2000 ? 'It looks like seconds.' : null;
  if (time < now * 500) return null;
  return time < now * 500_000 ? 'It looks like microseconds.' : 'It looks like nanoseconds.';
}
