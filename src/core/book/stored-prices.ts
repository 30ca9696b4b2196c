import { readScaled } from '../money/scaled-number.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import { detailsOf } from '../prices/price-update.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** Whether a stored price has few enough digits for a book. */
export function isReadable({ price }: PriceRecord): boolean {
  return typeof readScaled(price.toString()) !== 'string';
}

/** Stored prices, which must be readable, as a batch. @param now When it is made, ms since 1970. */
export function batchOfRecords(
  records: readonly PriceRecord[],
  symbols: SymbolTable,
  now: number,
): PriceChangedBatch {
  const batch = new PriceChangedBatch('stored', now, symbols, records.length);
  records.forEach((record, row) => setRow(batch, row, record));
  return batch;
}

function setRow(batch: PriceChangedBatch, row: number, record: PriceRecord): void {
  const { symbol, price, timestamp, receivedAt, stamp, bid, ask, previousClose, currency, state } = record;
  const { previousCloseAt, accrued, previousAccrued } = record;
  const { prices } = batch;
  batch.symbolIds[row] = batch.symbols.idOf(symbol);
  prices.setPrice(row, price.toString());
  prices.timestamps[row] = timestamp;
  prices.receivedAt[row] = receivedAt;
  prices.venueTimes[row] = stamp.venueTime;
  prices.arrivals[row] = stamp.arrival;
  prices.details[row] = detailsOf({
    symbol,
    price: 0,
    timestamp,
    bid: bid?.toString(),
    ask: ask?.toString(),
    previousClose: previousClose?.toString(),
    previousCloseAt,
    accrued: accrued?.toString(),
    previousAccrued: previousAccrued?.toString(),
    currency,
    state,
  });
}
