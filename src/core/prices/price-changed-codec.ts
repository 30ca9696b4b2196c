import type { EventCodec } from '../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../messaging/event-data.js';
import type { EventHeader } from '../messaging/event-envelope.js';
import { malformed } from '../messaging/wire-fields.js';
import { isKnownCurrency } from '../money/currency.js';
import { PRICES_CHANGED, PriceChangedBatch } from './price-changed-event.js';
import type { Publication } from './price-sync-events.js';
import { isMarketState, isTime, priceFault, type PriceDetails } from './price-update.js';
import { SymbolTable } from './symbol-table.js';

/** When its table has more symbols, a decoder starts a new one: untrusted input must not fill the memory. */
const MOST_SYMBOLS = 2 ** 17;

/**
 * {@link PriceChangedBatch} as a message. `data` has one row for each change:
 *
 * | field | holds |
 * |---|---|
 * | `symbols` | list of strings |
 * | `units`, `scales` | columns: the price is units × 10^-scale, exactly |
 * | `oldUnits`, `oldScales` | columns: the previous price; units are `null` where there was none |
 * | `timestamps` | column: venue time, ms since 1970 |
 * | `received` | column: 1 where the venue gave no time and `timestamps` has the time of arrival; otherwise 0 |
 * | `receivedAt` | column: time of arrival, ms since 1970 |
 * | `venueTimes`, `arrivals` | columns: place of the price in the order of its symbol, compared in that order; `venueTimes` is left out if all equal `timestamps` |
 * | `sequences` | column: the venue's sequence number, `null` where unknown: decides between equal `venueTimes`, ahead of `arrivals`; left out if all are unknown |
 * | `publication` | `{publisher, first, last}`: place among the messages of its publisher; left out for a batch that no stream published |
 * | `bid`, `ask`, `previousClose`, `previousCloseAt`, `accrued`, `previousAccrued`, `currency`, `state` | list with `null` where unknown; left out where none is known |
 *
 * A column is a list of numbers, or one number for all rows, or `{"base", "add"}`: a list of numbers to add to the base. Units are
 * integers, so a reader with float64 numbers loses no digit.
 */
export class PriceChangedCodec implements EventCodec<PriceChangedBatch> {
  readonly type = PRICES_CHANGED;
  // Shared by all decoded batches, so that a book does not have to look up each symbol of each message by name.
  #symbols = new SymbolTable();
  readonly #quoted = new WeakMap<SymbolTable, string[]>();

  encode(batch: PriceChangedBatch, data: EventDataWriter): void {
    const { prices } = batch;
    data.json('symbols', this.#symbolList(batch));
    data.numbers('units', prices.units);
    data.numbers('scales', prices.scales);
    data.numbers('oldUnits', batch.oldUnits);
    data.numbers('oldScales', batch.oldScales);
    data.numbers('timestamps', prices.timestamps);
    data.numbers('received', prices.received);
    data.numbers('receivedAt', prices.receivedAt);
    // They are nearly always equal.
    if (!isEqual(prices.venueTimes, prices.timestamps)) data.numbers('venueTimes', prices.venueTimes);
    data.numbers('arrivals', prices.arrivals);
    if (prices.sequences) data.numbers('sequences', prices.sequences);
    if (batch.publication) data.value('publication', batch.publication);
    if (!prices.details.some((details) => details !== undefined)) return;
    for (const name of DETAILS) {
      const list = prices.details.map((details) => details?.[name] ?? null);
      if (list.some((detail) => detail !== null)) data.value(name, list);
    }
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): PriceChangedBatch {
    const symbols = listOf(data.value('symbols'), 'symbols', NaN);
    const { length } = symbols;
    if (!isTime(occurredAt)) throw malformed('time', occurredAt, 'a time from 1970 on');
    if (this.#symbols.size > MOST_SYMBOLS) this.#symbols = new SymbolTable();
    const batch = new PriceChangedBatch(id, occurredAt, this.#symbols, length);
    const { prices } = batch;
    symbols.forEach((symbol, row) => {
      if (typeof symbol !== 'string' || symbol === '') throw malformed('data.symbols', symbol, 'symbols');
      batch.symbolIds[row] = this.#symbols.idOf(symbol);
    });
    prices.units.set(checked(data, 'units', length, Number.isSafeInteger));
    prices.scales.set(checked(data, 'scales', length, isScale));
    batch.oldUnits.set(checked(data, 'oldUnits', length, isUnitsOrNone));
    batch.oldScales.set(checked(data, 'oldScales', length, isScale));
    prices.timestamps.set(checked(data, 'timestamps', length, isTime));
    prices.received.set(checked(data, 'received', length, isFlag));
    prices.receivedAt.set(checked(data, 'receivedAt', length, isTime));
    prices.venueTimes.set(
      data.has('venueTimes') ? checked(data, 'venueTimes', length, isTime) : prices.timestamps,
    );
    prices.arrivals.set(checked(data, 'arrivals', length, isArrival));
    if (data.has('sequences')) prices.sequences = checked(data, 'sequences', length, isSequence);
    batch.publication = publicationOf(data.value('publication'));
    readDetails(data, prices.details);
    return batch;
  }

  #symbolList({ symbols, symbolIds }: PriceChangedBatch): string {
    let quoted = this.#quoted.get(symbols);
    if (!quoted) this.#quoted.set(symbols, (quoted = []));
    for (let id = quoted.length; id < symbols.size; id++) quoted.push(JSON.stringify(symbols.symbolOf(id)));
    if (symbolIds.length === 0) return '[]';
    let list = `[${quoted[symbolIds[0]!]!}`;
    for (let row = 1; row < symbolIds.length; row++) list += `,${quoted[symbolIds[row]!]!}`;
    return `${list}]`;
  }
}

const isScale = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 255;
const isUnitsOrNone = (value: number): boolean => Number.isSafeInteger(value) || Number.isNaN(value);
const isArrival = (value: number): boolean => value >= 0 && Number.isFinite(value);
const isSequence = (value: number): boolean => value !== Infinity && value !== -Infinity;
const isFlag = (value: number): boolean => value === 0 || value === 1;
const isPrice = (value: unknown): boolean => priceFault(value, true) === null;

/** Fields of {@link PriceDetails}, and what is accepted. */
const ACCEPTED: { readonly [Name in keyof Required<PriceDetails>]: (value: unknown) => boolean } = {
  bid: isPrice,
  ask: isPrice,
  previousClose: isPrice,
  previousCloseAt: (value) => typeof value === 'number' && isTime(value),
  accrued: isPrice,
  previousAccrued: isPrice,
  currency: (value) => typeof value === 'string' && isKnownCurrency(value),
  state: isMarketState,
};
const DETAILS = Object.keys(ACCEPTED) as Array<keyof PriceDetails>;

type Draft = { -readonly [Name in keyof PriceDetails]: PriceDetails[Name] };

function readDetails(data: EventDataReader, rows: Array<PriceDetails | undefined>): void {
  for (const name of DETAILS) {
    const given = data.value(name);
    if (given === undefined) continue;
    listOf(given, name, rows.length).forEach((value, row) => {
      if (value === null) return;
      if (!ACCEPTED[name](value)) throw malformed(`data.${name}[${row}]`, value, `a ${name}`);
      const draft = (rows[row] ??= NO_DETAILS()) as Draft;
      draft[name] = value as never;
    });
  }
}

// With all fields from the start, so that all details have the same shape in V8.
const NO_DETAILS = (): Draft => ({
  bid: undefined,
  ask: undefined,
  previousClose: undefined,
  previousCloseAt: undefined,
  accrued: undefined,
  previousAccrued: undefined,
  currency: undefined,
  state: undefined,
});

/** Reads a {@link Publication}. @throws TickmarkError `MALFORMED_INPUT`. */
export function publicationOf(value: unknown): Publication | null {
  if (value === undefined || value === null) return null;
  const { publisher, first, last } = value as Record<keyof Publication, unknown>;
  if (typeof publisher === 'string' && isNumber(first) && isNumber(last) && first <= last)
    return { publisher, first, last };
  throw malformed('data.publication', value, '{publisher, first, last}');
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

function isEqual(a: Float64Array, b: Float64Array): boolean {
  for (let row = 0; row < a.length; row++) if (a[row] !== b[row]) return false;
  return true;
}

function listOf(value: unknown, name: string, length: number): unknown[] {
  if (Array.isArray(value) && !(value.length !== length && !Number.isNaN(length))) return value;
  throw malformed(`data.${name}`, value, Number.isNaN(length) ? 'a list' : `a list of ${length}`);
}

function checked(
  data: EventDataReader,
  name: string,
  length: number,
  isValid: (value: number) => boolean,
): Float64Array {
  const values = data.numbers(name, length);
  for (let row = 0; row < length; row++) {
    if (!isValid(values[row]!)) throw malformed(`data.${name}[${row}]`, values[row], `${name} as documented`);
  }
  return values;
}
