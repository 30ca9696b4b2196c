import { errorReporter } from '../error-reporter.js';
import { TickmarkError, quote } from '../errors.js';
import { Decimal, MAX_SCALE } from '../money/decimal.js';
import { readScaled, type ScaledNumber, type ScaledNumberFault } from '../money/scaled-number.js';
import type { FxQuote } from '../money/fx-rates.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PriceKind, PriceUsed } from '../portfolio/figures/portfolio-valuation.js';
import { isSameDetails, type PriceColumns } from '../prices/price-columns.js';
import type { MarketState, PriceDetails } from '../prices/price-update.js';
import type { OrderSum } from './valuation/order-sum.js';
import { PriceFreshness, type StaleAfter } from './price-freshness.js';
import { lastPrice, type PriceChoice, type PricePolicy, type Quote, type Side } from './price-policy.js';
import { PriceTable } from './columns/price-table.js';
import { adjusted, adjustedDetails, type PriceAdjustment } from './corporate-actions/price-adjustments.js';
import { ReceivedPrices } from './corporate-actions/received-prices.js';
import type { SymbolPrice } from './symbol-price.js';
import { sessionName } from './days/session-name.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';
import { type OptionShapes, partShape } from '../options.js';

/** Options of `LatestPrices`. */
export interface LatestPricesOptions {
  /** Chooses the price that values a position. Default {@link lastPrice}. */
  readonly policy?: PricePolicy;
  /** Age in ms since arrival from which a price is graded stale. Default 60,000. A function that returns no number grades stale. */
  readonly staleAfter?: StaleAfter;
  /**
   * Called with `HANDLER_FAILED` when a function of the application throws; processing continues. Positions for which `policy` threw are
   * unpriced; prices for which `staleAfter` threw are stale.
   */
  readonly onError?: (error: TickmarkError) => void;
}

/** A previous close, as it was given. */
export interface GivenClose {
  /** `null`: unknown. */
  readonly price: Decimal | null;
  /** ms since 1970. */
  readonly at: number | undefined;
  readonly accrued: Decimal | null;
}

/** What each option may be. */
export const LATEST_PRICES_OPTIONS: OptionShapes<LatestPricesOptions> = {
  policy: partShape<PricePolicy>('a PricePolicy', 'choose'),
  staleAfter: true,
  onError: 'function',
};

/**
 * The newest price of each symbol, by symbol number, with its details, its source and its freshness.
 *
 * On its way from a stream into values, the price of a symbol is kept in six places. Each has another reader, another rate of change,
 * or another layout that speed depends on:
 *
 * 1. the backlog of ingest: the newest price that was not sent yet (`ConflatingBacklog`);
 * 2. a batch: what was sent, as a message that no longer changes (`PriceChangedBatch`);
 * 3. `PublishedPrices` of ingest: the last price that was sent, from which the next batch takes its old prices and a subscriber
 *    that missed prices gets them again;
 * 4. here: the last price that the book accepted, as it is shown, graded and stored;
 * 5. and 6. `HoldingsBySymbol`: the price that values long positions and the one that values short ones, as the policy chose them and
 *    at the scale of the quantities beside which they stand. A tick needs them for `quantity × (new − old)`.
 *
 * Ingest (1 and 3) and the book (4 to 6) may be in two processes; the batch is all that they share.
 */
export class LatestPrices {
  /** Chooses the price that values a position. */
  readonly policy: PricePolicy;
  readonly #table = new PriceTable();
  readonly #freshness: PriceFreshness;
  readonly #details: Array<PriceDetails | undefined> = [];
  readonly #sources: Array<string | undefined> = [];
  readonly #received = new ReceivedPrices();
  readonly #report: (error: TickmarkError) => void;
  readonly #calendarOf: ((id: number) => TradingCalendar | null) | undefined;

  /**
   * @param calendarOf Trading calendar of a symbol number. Default: no symbol has one.
   * @throws TickmarkError `INVALID_ARGUMENT` for a `staleAfter` below 0.
   */
  constructor(
    { policy = lastPrice, staleAfter = 60_000, onError }: LatestPricesOptions = {},
    calendarOf?: (id: number) => TradingCalendar | null,
  ) {
    this.policy = policy;
    this.#report = errorReporter({ onError });
    this.#calendarOf = calendarOf;
    this.#freshness = new PriceFreshness(this.#table, staleAfter, this.#report, calendarOf);
  }

  /** Prices and times as numbers, to be read only. */
  get table(): Omit<PriceTable, 'reserve' | 'set' | 'setGap' | 'setPrice'> {
    return this.#table;
  }

  /** Whether a symbol has a price. */
  isKnown(id: number): boolean {
    return this.#table.has(id);
  }

  /**
   * Takes row `row` of `fresh`, unless its stamp is below that of the known price, or it is the same price again. A price without a currency is in that of
   * the known price: else 72.40 pence become 72.40 pounds. A stream has seen to that already; a batch of `ofUpdates` has not.
   * @returns whether it was taken.
   */
  accept(id: number, fresh: PriceColumns, row: number, source: string): boolean {
    const table = this.#table;
    const details = withCurrency(fresh.details[row], this.#details[id]);
    if (table.has(id)) {
      const order = table.compare(id, fresh, row);
      if (order < 0 || (order === 0 && this.#isRepeated(id, fresh, row, details))) return false;
    } else {
      this.#reserve(id);
    }
    table.set(id, fresh, row);
    this.#received.forget(id);
    if (details !== this.#details[id]) this.#details[id] = details;
    this.#sources[id] = source;
    this.#freshness.taken(id, details?.state);
    return true;
  }

  /** Multiplies a known price from before corporate actions; an earlier adjustment of the same price is replaced. */
  adjust(id: number, adjustment: PriceAdjustment): void {
    const { price, details } = this.#received.keep(
      id,
      this.#table.priceOf(id),
      this.#details[id],
      adjustment,
    );
    const now = adjusted(price, adjustment.price);
    this.#table.setPrice(id, now.safeUnitsAt(now.scale), now.scale);
    if (details) this.#details[id] = adjustedDetails(details, adjustment);
  }

  /** Adjusts a previous close that came with a price from before a corporate action and is repeated with one from after. */
  adjustRepeatedClose(id: number): void {
    const details = this.#details[id];
    if (details) this.#details[id] = this.#received.withAdjustedClose(id, details);
  }

  /** Adds what the store says of a price that was just accepted. The price is stale until a stream confirms it or gives a newer one. */
  restore(id: number, { gap, liveUntil }: Pick<PriceRecord, 'gap' | 'liveUntil'>): void {
    this.#freshness.restored(id, gap, liveUntil);
  }

  /**
   * Takes a gap of a stream: from then on, a price with a lower arrival is stale.
   * @returns whether it is news of the symbol.
   */
  takeGap(id: number, arrival: number): boolean {
    return this.#freshness.takeGap(id, arrival);
  }

  /** Grades a symbol's price stale in this process, which may have missed newer ones, until the next price of the symbol. */
  markStale(id: number): void {
    if (this.isKnown(id)) this.#freshness.markStale(id);
  }

  /** {@link markStale} for every symbol. */
  markAllStale(): void {
    for (let id = 0; id < this.#sources.length; id++) this.markStale(id);
  }

  /** The last price of a known symbol. */
  priceOf(id: number): Decimal {
    return this.#table.priceOf(id);
  }

  /** Whether a stream has brought the newest price of a symbol, and nothing says that newer ones were missed. */
  isSound(id: number): boolean {
    return this.#freshness.isSound(id);
  }

  /** Adds what is known of a symbol to the order of a valuation. */
  addOrder(id: number, sum: OrderSum): void {
    if (this.isKnown(id)) sum.add(this.#table.venueOrderOf(id), this.#table.arrivalOrderOf(id));
  }

  /** How long after its arrival a price is live, in ms, where that is the same for all prices; else `null`. */
  get commonLifeMs(): number | null {
    return this.#freshness.commonLifeMs;
  }

  /** Until when a known price counts as live, ms since 1970. */
  liveUntil(id: number, symbol: string): number {
    return this.#freshness.liveUntil(id, symbol, this.#details[id]?.state);
  }

  /** Currency of a symbol's prices; `undefined` where the stream does not give one. */
  currency(id: number): string | undefined {
    return this.#details[id]?.currency;
  }

  /** What the newest price of a symbol came with. */
  details(id: number): PriceDetails | undefined {
    return this.#details[id];
  }

  /** Whether the prices of a symbol come with accrued interest. */
  hasAccrued(id: number): boolean {
    return this.#details[id]?.accrued !== undefined;
  }

  /** Accrued interest of a symbol, as its price is quoted; `null` where the stream gives none. */
  accrued(id: number): Decimal | null {
    return optional(this.#details[id]?.accrued);
  }

  /** The previous close of a symbol, in the currency of its prices. */
  previousClose(id: number): GivenClose {
    return closeIn(this.#details[id]);
  }

  /** The previous close as a number; the next call overwrites it. `null`: unknown; a fault: it has too many digits. */
  scaledClose(id: number): ScaledNumber | ScaledNumberFault | null {
    const close = this.#details[id]?.previousClose;
    return close === undefined ? null : readScaled(close);
  }

  /**
   * A symbol's price as the rate of a currency pair; `null` when it is not above zero. A bid or ask that is not is left out.
   * @param closeUntil Until when its previous close counts, ms since 1970.
   */
  rate(id: number, symbol: string, closeUntil: number): FxQuote | null {
    const { last, bid, ask, previousClose } = this.quote(id, symbol);
    if (last.sign <= 0) return null;
    return {
      last,
      bid: bid && bid.sign > 0 ? bid : null,
      ask: ask && ask.sign > 0 ? ask : null,
      previousClose: previousClose && previousClose.sign > 0 ? previousClose : null,
      previousCloseUntil: closeUntil,
      asOf: this.#table.timestampOf(id),
      receivedAt: this.#table.receivedAtOf(id),
    };
  }

  /** What a policy chooses a price from; of a known symbol. */
  quote(id: number, symbol: string): Quote {
    const details = this.#details[id];
    return {
      symbol,
      last: this.#table.priceOf(id),
      bid: optional(details?.bid),
      ask: optional(details?.ask),
      previousClose: optional(details?.previousClose),
      state: details?.state ?? 'open',
    };
  }

  /** The newest price of a known symbol as it is stored. */
  record(id: number, symbol: string): PriceRecord {
    const table = this.#table;
    const liveUntil = this.liveUntil(id, symbol);
    const received = this.#received.find(id);
    const record: PriceRecord = {
      symbol,
      price: received?.price ?? table.priceOf(id),
      timestamp: table.timestampOf(id),
      receivedAt: table.receivedAtOf(id),
      stamp: { venueTime: table.venueTimeOf(id), arrival: table.arrivalOf(id) },
      gap: this.#freshness.gapOf(id),
      liveUntil: liveUntil === Infinity ? null : liveUntil,
    };
    const details = received ? received.details : this.#details[id];
    return {
      ...record,
      ...(details && storedDetails(details)),
      ...(received && { adjustment: received.adjustment.price.rounded(MAX_SCALE).trimmed() }),
    };
  }

  /**
   * The newest price of a symbol for show; `null` without one.
   * @param now ms since 1970: decides the grade.
   * @param previousClose The previous close that counts; `null`: unknown.
   */
  shown(id: number, symbol: string, now: number, previousClose: Decimal | null): SymbolPrice | null {
    if (!this.isKnown(id)) return null;
    const { last, bid, ask } = this.quote(id, symbol);
    const state = this.#stateOf(id, now);
    return {
      symbol,
      price: last,
      kind: this.#freshness.isStored(id) ? 'stored' : state === 'closed' ? 'close' : 'last',
      currency: this.currency(id) ?? null,
      bid,
      ask,
      previousClose,
      session: sessionName(this.#calendarOf?.(id), now),
      state,
      ...this.times(id),
      source: this.#sources[id]!,
      grade: this.#freshness.gradeOf(id, symbol, this.#details[id]?.state, now),
    };
  }

  /** Times of a known price, ms since 1970. */
  times(id: number): Pick<SymbolPrice, 'asOf' | 'timeSource' | 'receivedAt'> {
    return {
      asOf: this.#table.timestampOf(id),
      timeSource: this.#table.isVenueTime(id) ? 'venue' : 'received',
      receivedAt: this.#table.receivedAtOf(id),
    };
  }

  /** The price that values a side, rounded half-even to the digits that the book holds exactly; `null` for one that is too large for it. */
  choose(id: number, symbol: string, side: Side): PriceChoice | null {
    try {
      const choice = this.policy.choose(this.quote(id, symbol), side);
      if (choice) return isExact(choice.price) ? choice : heldChoice(choice);
    } catch (cause) {
      const message = `The price policy threw: ${side} positions of ${quote(symbol)} are unpriced.`;
      this.#report(new TickmarkError('HANDLER_FAILED', message, { cause }));
    }
    return null;
  }

  /** The price that values a side of a position, with its provenance at a time. `currency`: that of a price that names none. */
  used(id: number, symbol: string, side: Side, currency: string, now: number): PriceUsed | null {
    if (!this.isKnown(id)) return null;
    const choice = this.choose(id, symbol, side);
    if (!choice) return null;
    return {
      price: choice.price,
      currency: this.currency(id) ?? currency,
      kind: this.#freshness.isStored(id) ? 'stored' : this.#kindOf(id, choice.kind, now),
      source: this.#sources[id]!,
      asOf: this.#table.timestampOf(id),
      ageMs: Math.max(0, now - this.#table.receivedAtOf(id)),
      grade: this.#freshness.gradeOf(id, symbol, this.#details[id]?.state, now),
    };
  }

  // What the stream says goes before the calendar: trading may go on after hours.
  #stateOf(id: number, now: number): MarketState {
    const given = this.#details[id]?.state;
    return given ?? (this.#calendarOf?.(id)?.isOpen(now) === false ? 'closed' : 'open');
  }

  #kindOf(id: number, chosen: PriceKind, now: number): PriceKind {
    return chosen === 'last' && this.#stateOf(id, now) === 'closed' ? 'close' : chosen;
  }

  // For a price with the stamp of the known one.
  #isRepeated(id: number, fresh: PriceColumns, row: number, details: PriceDetails | undefined): boolean {
    if (!this.#freshness.isConfirmed(id)) return false;
    const received = this.#received.find(id);
    if (received) return received.price.equals(fresh.price(row)) && isSameDetails(details, received.details);
    return this.#table.isSame(id, fresh, row) && isSameDetails(details, this.#details[id]);
  }

  #reserve(id: number): void {
    while (this.#sources.length <= id) {
      this.#sources.push(undefined);
      this.#details.push(undefined);
    }
    this.#table.reserve(id);
  }
}

/** The previous close that a price came with. */
export function closeIn(details: PriceDetails | undefined): GivenClose {
  return {
    price: optional(details?.previousClose),
    at: details?.previousCloseAt,
    accrued: optional(details?.previousAccrued),
  };
}

function isExact(price: Decimal): boolean {
  const { units, scale } = price.trimmed();
  return Number.isSafeInteger(Number(units)) && scale <= MAX_SCALE;
}

// Such as the middle of two quotes of 16 digits.
function heldChoice({ price, kind }: PriceChoice): PriceChoice | null {
  for (let scale = Math.min(price.scale, MAX_SCALE); scale >= 0; scale--) {
    const held = price.rounded(scale).trimmed();
    if (isExact(held)) return { price: held, kind };
  }
  return null;
}

function storedDetails(details: PriceDetails): Partial<PriceRecord> {
  const { previousCloseAt, currency, state } = details;
  const [bid, ask] = [optional(details.bid), optional(details.ask)];
  const [accrued, previousClose] = [optional(details.accrued), optional(details.previousClose)];
  const previousAccrued = optional(details.previousAccrued);
  return {
    ...(bid && { bid }),
    ...(ask && { ask }),
    ...(previousClose && { previousClose }),
    ...(previousCloseAt !== undefined && { previousCloseAt }),
    ...(accrued && { accrued }),
    ...(previousAccrued && { previousAccrued }),
    ...(currency !== undefined && { currency }),
    ...(state !== undefined && state !== 'open' && { state }),
  };
}

function optional(price: number | string | undefined): Decimal | null {
  return price === undefined ? null : Decimal.from(price);
}

function withCurrency(
  details: PriceDetails | undefined,
  known: PriceDetails | undefined,
): PriceDetails | undefined {
  if (known?.currency === undefined || details?.currency !== undefined) return details;
  return { ...details, currency: known.currency };
}
