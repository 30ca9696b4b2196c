import type { CloudEvent, PriceChangedData } from './cloud-event.js';
import { invalidArgument } from '../errors.js';
import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { conflatedRows, setConflated } from './conflated-rows.js';
import { NO_PRICE, oldPriceAt, setChange, setUpdate } from './price-change-rows.js';
import { PriceColumns } from './price-columns.js';
import { joinPublications, type Publication } from './price-sync-events.js';
import { isTime, type PriceUpdate } from './price-update.js';
import { SymbolTable } from './symbol-table.js';
import { checkOptions } from '../options.js';

/** Input of `PriceChangedEvent.create`. */
export interface PriceChange {
  readonly symbol: string;
  /** Previous price, or `null` when this is the first. */
  readonly oldPrice: DecimalInput | null;
  readonly newPrice: DecimalInput;
  /** When the venue saw it, ms since 1970. */
  readonly occurredAt: number;
  /** Unique id. Default `symbol@occurredAt`. */
  readonly id?: string;
}

/** Options of `PriceChangedBatch.ofUpdates`. */
export interface PriceBatchOptions {
  /** Unique id. Default `updates@` and the time. */
  readonly id?: string;
  /** Accept prices of zero and below. Default `false`. */
  readonly allowNonPositive?: boolean;
}

/** Type of {@link PriceChangedBatch}: subscribe to it for prices. */
export const PRICES_CHANGED: EventType<PriceChangedBatch> = 'tickmark.prices.changed';

/**
 * The price of one symbol has changed. A bus carries them as a {@link PriceChangedBatch}; iterating over that creates these events.
 *
 * @example
 * ```ts
 * import { PriceChangedEvent } from 'tickmark';
 *
 * const change = { symbol: 'AAPL', oldPrice: '160.00', newPrice: '160.80', occurredAt: Date.now() };
 * const event = PriceChangedEvent.create(change);
 * console.log(event.priceChange?.toString(), event.priceChangePct); // 0.80 0.5
 * console.log(event.isPriceUp(), event.isSignificantChange(1)); // true false
 * ```
 */
export class PriceChangedEvent {
  readonly type = 'tickmark.price.changed';
  readonly id: string;
  readonly symbol: string;
  /** Previous price, or `null` when this is the first. */
  readonly oldPrice: Decimal | null;
  readonly newPrice: Decimal;
  /** When the venue saw it, ms since 1970. */
  readonly occurredAt: number;

  constructor(id: string, symbol: string, oldPrice: Decimal | null, newPrice: Decimal, occurredAt: number) {
    this.id = id;
    this.symbol = symbol;
    this.oldPrice = oldPrice;
    this.newPrice = newPrice;
    this.occurredAt = occurredAt;
  }

  /**
   * Creates an event from plain values.
   * @throws TickmarkError `INVALID_DECIMAL`, `OUT_OF_RANGE`, `INVALID_ARGUMENT` for an empty symbol or an invalid time.
   */
  static create(change: PriceChange): PriceChangedEvent {
    if (typeof change.symbol !== 'string' || change.symbol === '') {
      throw invalidArgument('PriceChangedEvent.create: symbol', change.symbol, 'a string that is not empty');
    }
    if (!isTime(change.occurredAt)) {
      throw invalidArgument('PriceChangedEvent.create: occurredAt', change.occurredAt, 'ms since 1970');
    }
    return new PriceChangedEvent(
      change.id ?? `${change.symbol}@${change.occurredAt}`,
      change.symbol,
      change.oldPrice === null ? null : Decimal.from(change.oldPrice, 'PriceChangedEvent.create: oldPrice'),
      Decimal.from(change.newPrice, 'PriceChangedEvent.create: newPrice'),
      change.occurredAt,
    );
  }

  /** Creates a batch, which is one message of a bus. @throws as `create`. */
  static createBatch(changes: readonly PriceChange[], id?: string): PriceChangedBatch {
    return PriceChangedBatch.of(
      changes.map((change) => PriceChangedEvent.create(change)),
      id,
    );
  }

  /** New price minus old price; `null` for the first price. */
  get priceChange(): Decimal | null {
    return this.oldPrice && this.newPrice.minus(this.oldPrice);
  }

  /** Change in percent of the old price; `null` for the first price or an old price of 0. */
  get priceChangePct(): number | null {
    if (!this.oldPrice || this.oldPrice.isZero) return null;
    return (this.priceChange!.toNumber() / Math.abs(this.oldPrice.toNumber())) * 100;
  }

  /** Whether the price rose. */
  isPriceUp(): boolean {
    return (this.priceChange?.sign ?? 0) > 0;
  }

  /** Whether the price fell. */
  isPriceDown(): boolean {
    return (this.priceChange?.sign ?? 0) < 0;
  }

  /** Whether the price rose or fell by at least `thresholdPct` percent; `true` for the first price. */
  isSignificantChange(thresholdPct: number): boolean {
    const pct = this.priceChangePct;
    return pct === null
      ? this.oldPrice === null || !this.newPrice.equals(this.oldPrice)
      : Math.abs(pct) >= thresholdPct;
  }

  /** The event in the CloudEvents 1.0 JSON format; `source` names the producer. */
  toCloudEvent(source = 'tickmark'): CloudEvent<PriceChangedData> {
    return {
      specversion: '1.0',
      type: this.type,
      source,
      id: this.id,
      time: new Date(this.occurredAt).toISOString(),
      subject: this.symbol,
      datacontenttype: 'application/json',
      data: {
        symbol: this.symbol,
        oldPrice: this.oldPrice?.toString() ?? null,
        newPrice: this.newPrice.toString(),
        priceChange: this.priceChange?.toString() ?? null,
        priceChangePct: this.priceChangePct,
      },
    };
  }

  /** Same as `toCloudEvent()`. */
  toJSON(): CloudEvent<PriceChangedData> {
    return this.toCloudEvent();
  }

  /** Creates the event from the result of `toCloudEvent()`. @throws as `create`. */
  static fromCloudEvent(event: CloudEvent<PriceChangedData>): PriceChangedEvent {
    const { symbol, oldPrice, newPrice } = event.data;
    return PriceChangedEvent.create({
      id: event.id,
      symbol,
      oldPrice,
      newPrice,
      occurredAt: Date.parse(event.time),
    });
  }
}

/**
 * The price changes of one batch: one message on the bus, in columns. Iterating creates a {@link PriceChangedEvent} for each. A symbol
 * appears once, unless conflation is off.
 *
 * @example
 * ```ts
 * import { PriceChangedBatch } from 'tickmark';
 *
 * const now = Date.now();
 * const batch = PriceChangedBatch.ofUpdates([{ symbol: 'AAPL', price: '160.50', timestamp: now }], now);
 * for (const { symbol, newPrice } of batch) console.log(symbol, newPrice.toString()); // AAPL 160.5
 * ```
 */
export class PriceChangedBatch implements DomainEvent, Iterable<PriceChangedEvent> {
  readonly type = PRICES_CHANGED;
  readonly id: string;
  /** When the batch was created, ms since 1970. */
  readonly occurredAt: number;
  /** Maps the numbers in `symbolIds` to symbols. */
  readonly symbols: SymbolTable;
  /** The number of the symbol of each row; `symbols` has its name. */
  readonly symbolIds: Int32Array;
  /** @internal The new prices. */
  readonly prices: PriceColumns;
  /** @internal Units of the old prices; NaN where there was none. */
  readonly oldUnits: Float64Array;
  /** @internal Their scales. */
  readonly oldScales: Uint8Array;
  /** Its place among the messages of its publisher; `null` if no stream has published it. */
  publication: Publication | null = null;

  constructor(id: string, occurredAt: number, symbols: SymbolTable, length: number) {
    this.id = id;
    this.occurredAt = occurredAt;
    this.symbols = symbols;
    const buffer = new ArrayBuffer(55 * length);
    this.prices = new PriceColumns(length, buffer, 52 * length);
    this.oldUnits = new Float64Array(buffer, 40 * length, length).fill(NO_PRICE);
    this.symbolIds = new Int32Array(buffer, 48 * length, length);
    this.oldScales = new Uint8Array(buffer, 54 * length, length);
  }

  /**
   * Creates a batch of events.
   * @throws TickmarkError `OUT_OF_RANGE` for a price beyond 2^53 units.
   */
  static of(events: readonly PriceChangedEvent[], id?: string): PriceChangedBatch {
    const occurredAt = events.reduce((newest, event) => Math.max(newest, event.occurredAt), 0);
    const batch = new PriceChangedBatch(
      id ?? `${events[0]?.id ?? 'empty'}+${events.length}`,
      occurredAt,
      new SymbolTable(),
      events.length,
    );
    events.forEach((event, row) => setChange(batch, row, event));
    return batch;
  }

  /**
   * Creates a batch of updates, without old prices. No stream has put the updates in order, so they are ordered by venue time and then by sequence number, or by time of
   * receipt if there is none. Details of earlier updates do not apply, except that a book takes a price without `currency` to be in that of the last price of
   * the symbol, in this batch or before. A detail that cannot be used, such as a bid of zero, is left out.
   * @param now Time of arrival of updates without `receivedAt`, ms since 1970.
   * @throws PriceRejectedError for a bad update; prices of zero and below are bad unless `allowNonPositive` is set.
   */
  static ofUpdates(
    updates: readonly PriceUpdate[],
    now: number,
    options: PriceBatchOptions = {},
  ): PriceChangedBatch {
    checkOptions('PriceChangedBatch.ofUpdates', options, { id: 'string', allowNonPositive: 'boolean' });
    const { id = `updates@${now}`, allowNonPositive = false } = options;
    const batch = new PriceChangedBatch(id, now, new SymbolTable(), updates.length);
    updates.forEach((update, row) => setUpdate(batch, row, update, now, allowNonPositive));
    return batch;
  }

  /** Number of changes. */
  get length(): number {
    return this.symbolIds.length;
  }

  /** The symbol of a row. */
  symbolAt(row: number): string {
    return this.symbols.symbolOf(this.symbolIds[row]!);
  }

  /** The change of a row, as an event. */
  at(row: number): PriceChangedEvent {
    return new PriceChangedEvent(
      `${this.id}:${row}`,
      this.symbolAt(row),
      oldPriceAt(this, row),
      this.prices.price(row),
      this.prices.timestamps[row]!,
    );
  }

  *[Symbol.iterator](): IterableIterator<PriceChangedEvent> {
    for (let row = 0; row < this.length; row++) yield this.at(row);
  }

  /** Merges a later batch into this one: each symbol has its newest price and its oldest old price. */
  conflate(later: PriceChangedBatch): PriceChangedBatch {
    const rows = conflatedRows(this, later);
    const symbols = this.symbols === later.symbols ? this.symbols : new SymbolTable();
    const merged = new PriceChangedBatch(later.id, later.occurredAt, symbols, rows.length);
    rows.forEach((row, at) => setConflated(merged, at, row));
    merged.publication = joinPublications(this.publication, later.publication);
    return merged;
  }

  /** The changes as a CloudEvents batch: a JSON array of events. */
  toJSON(): Array<CloudEvent<PriceChangedData>> {
    return [...this].map((event) => event.toCloudEvent());
  }
}
