import { systemClock } from '../clock.js';
import { unitFault, updateFault, PriceRejectedError, type PriceUpdate } from '../prices/price-update.js';
import { ARRIVAL_UNITS_PER_MS } from '../prices/price-stamp.js';
import { Decimal } from '../money/decimal.js';
import { isPriceRounded } from '../money/scaled-number.js';
import { usableDetails, usableReceipt } from '../prices/usable-details.js';
import type { PriceRecord } from './portfolio-repository.js';

const leaveOut = (): void => undefined;

/**
 * Makes a record of a price, to store it without an engine. Of two records of a symbol, the one with the later `timestamp` is
 * newer. It never becomes stale. A detail that cannot be used is left out.
 * @param now When it arrived, ms since 1970. Default: now.
 * @throws PriceRejectedError for an invalid update.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { priceRecord } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * await repository.savePrices([priceRecord({ symbol: 'AAPL', price: '184.08', timestamp: Date.now() })]);
 * ```
 */
export function priceRecord(update: PriceUpdate, now = systemClock.now()): PriceRecord {
  const fault =
    updateFault(update, true) ?? (unitFault(update.timestamp, now) === null ? null : 'bad-timestamp');
  if (fault !== null) throw new PriceRejectedError(fault, update, now);
  const { symbol, price, timestamp } = update;
  const receivedAt = usableReceipt(update, leaveOut);
  const { bid, ask, currency, state, previousClose, previousCloseAt, accrued, previousAccrued } =
    usableDetails(update, true, { now }, leaveOut) ?? {};
  return {
    symbol,
    price: Decimal.from(isPriceRounded(price) ? Number(price) : price),
    timestamp,
    receivedAt: receivedAt ?? now,
    stamp: { venueTime: timestamp, arrival: (receivedAt ?? timestamp) * ARRIVAL_UNITS_PER_MS },
    gap: 0,
    liveUntil: null,
    ...(bid !== undefined && { bid: Decimal.from(bid) }),
    ...(ask !== undefined && { ask: Decimal.from(ask) }),
    ...(previousClose !== undefined && { previousClose: Decimal.from(previousClose) }),
    ...(previousCloseAt !== undefined && { previousCloseAt }),
    ...(accrued !== undefined && { accrued: Decimal.from(accrued) }),
    ...(previousAccrued !== undefined && { previousAccrued: Decimal.from(previousAccrued) }),
    ...(currency !== undefined && { currency }),
    ...(state !== undefined && state !== 'open' && { state }),
  };
}
