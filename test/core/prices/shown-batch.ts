import type { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';

/** The content of a batch as plain data. */
export function shown(batch: PriceChangedBatch) {
  return {
    id: batch.id,
    occurredAt: batch.occurredAt,
    rows: Array.from({ length: batch.length }, (_, row) => ({
      symbol: batch.symbolAt(row),
      price: batch.prices.price(row).toString(),
      old: batch.at(row).oldPrice?.toString(),
      timestamp: batch.prices.timestamps[row],
      received: batch.prices.received[row],
      receivedAt: batch.prices.receivedAt[row],
      venueTime: batch.prices.venueTimes[row],
      arrival: batch.prices.arrivals[row],
      ...(batch.prices.sequences && { sequence: batch.prices.sequenceOf(row) }),
      details: { ...batch.prices.details[row] },
    })),
  };
}
