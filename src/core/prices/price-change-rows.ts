import { TickmarkError } from '../errors.js';
import { Decimal } from '../money/decimal.js';
import type { PriceColumns } from './price-columns.js';
import { ARRIVAL_UNITS_PER_MS } from './price-stamp.js';
import { PriceRejectedError, unitFault, updateFault, type PriceUpdate } from './price-update.js';
import type { SymbolTable } from './symbol-table.js';
import { usableDetails, usableReceipt, usableSequence } from './usable-details.js';

/** Price changes in columns: the rows of a `PriceChangedBatch`. */
export interface PriceChangeRows {
  readonly symbols: SymbolTable;
  readonly symbolIds: Int32Array;
  readonly prices: PriceColumns;
  /** {@link NO_PRICE} where there is no old price. */
  readonly oldUnits: Float64Array;
  readonly oldScales: Uint8Array;
}

/** In `oldUnits`: there is no old price. */
export const NO_PRICE = NaN;

/** Sets a row to a change, whose time is the place in the order. @throws TickmarkError `OUT_OF_RANGE` for a price beyond 2^53 units. */
export function setChange(
  { symbols, symbolIds, prices, oldUnits, oldScales }: PriceChangeRows,
  row: number,
  change: {
    readonly symbol: string;
    readonly oldPrice: Decimal | null;
    readonly newPrice: Decimal;
    readonly occurredAt: number;
  },
): void {
  const { symbol, occurredAt } = change;
  const price = change.newPrice.trimmed();
  symbolIds[row] = symbols.idOf(symbol);
  prices.units[row] = safeUnits(price);
  prices.scales[row] = price.scale;
  prices.timestamps[row] = prices.receivedAt[row] = occurredAt;
  prices.venueTimes[row] = occurredAt;
  prices.arrivals[row] = occurredAt * ARRIVAL_UNITS_PER_MS;
  if (!change.oldPrice) return;
  const old = change.oldPrice.trimmed();
  oldUnits[row] = safeUnits(old);
  oldScales[row] = old.scale;
}

const leaveOut = (): void => undefined;

/**
 * Sets a row to an update, without an old price and without details that cannot be used. Its venue time, or its time of receipt, is the place in the order; its sequence number decides at the same venue time.
 * @param now Time of arrival of an update without `receivedAt`, ms since 1970.
 * @throws PriceRejectedError for a bad update.
 */
export function setUpdate(
  { symbols, symbolIds, prices }: PriceChangeRows,
  row: number,
  update: PriceUpdate,
  now: number,
  allowNonPositive: boolean,
): void {
  const fault = updateFault(update, allowNonPositive);
  if (fault !== null) throw new PriceRejectedError(fault, update);
  if (unitFault(update.timestamp, now) !== null) throw new PriceRejectedError('bad-timestamp', update, now);
  symbolIds[row] = symbols.idOf(update.symbol);
  prices.setPrice(row, update.price);
  prices.timestamps[row] = update.timestamp;
  prices.received[row] = update.timeSource === 'received' ? 1 : 0;
  const receivedAt = usableReceipt(update, leaveOut);
  prices.receivedAt[row] = receivedAt ?? now;
  prices.venueTimes[row] = update.timestamp;
  prices.arrivals[row] = (receivedAt ?? update.timestamp) * ARRIVAL_UNITS_PER_MS;
  prices.details[row] = usableDetails(update, allowNonPositive, { now }, leaveOut);
  if (prices.received[row] === 0) prices.setSequence(row, usableSequence(update, leaveOut));
}

/** The old price of a row; `null` if there is none. */
export function oldPriceAt({ oldUnits, oldScales }: PriceChangeRows, row: number): Decimal | null {
  const units = oldUnits[row]!;
  return Number.isNaN(units) ? null : Decimal.ofUnits(units, oldScales[row]!);
}

function safeUnits(price: Decimal): number {
  const units = price.safeUnitsAt(price.scale);
  if (!Number.isNaN(units)) return units;
  const message = `PriceChangedBatch: price ${price.toString()} has too many digits; at most 15 are held exactly.`;
  throw new TickmarkError('OUT_OF_RANGE', message);
}
