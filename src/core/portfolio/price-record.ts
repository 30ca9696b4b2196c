import { systemClock } from '../clock.js';
import { unitFault, updateFault, PriceRejectedError, type PriceUpdate } from '../prices/price-update.js';
import { ARRIVAL_UNITS_PER_MS } from '../prices/price-stamp.js';
import { Decimal } from '../money/decimal.js';
import type { PriceRecord } from './portfolio-repository.js';

/**
 * A price to store by hand, where no engine stores prices: `repository.savePrices([priceRecord({ symbol, price, timestamp })])`.
 * Its venue time decides which of two is newer, or its receipt where there is none; it does not age.
 *
 * @param now When it arrives, ms since 1970.
 * @throws PriceRejectedError for an update that is refused.
 */
export function priceRecord(update: PriceUpdate, now = systemClock.now()): PriceRecord {
  const fault =
    updateFault(update, true) ?? (unitFault(update.timestamp, now) === null ? null : 'bad-timestamp');
  if (fault !== null) throw new PriceRejectedError(fault, update, now);
  const { symbol, timestamp, receivedAt = now, bid, ask, previousClose, currency, state } = update;
  return {
    symbol,
    price: Decimal.from(update.price),
    timestamp,
    receivedAt,
    stamp: { venueTime: timestamp, arrival: (update.receivedAt ?? timestamp) * ARRIVAL_UNITS_PER_MS },
    gap: 0,
    liveUntil: null,
    ...(bid !== undefined && { bid: Decimal.from(bid) }),
    ...(ask !== undefined && { ask: Decimal.from(ask) }),
    ...(previousClose !== undefined && { previousClose: Decimal.from(previousClose) }),
    ...(currency !== undefined && { currency }),
    ...(state !== undefined && state !== 'open' && { state }),
  };
}
