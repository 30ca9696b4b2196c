import type { PriceStamp } from '../prices/price-stamp.js';
import type { PriceDetails } from '../prices/price-update.js';

/** A stored price, for `PriceStreamProcessor.startFrom`. */
export interface StartingPrice {
  readonly symbol: string;
  readonly stamp: PriceStamp;
  readonly currency?: string | undefined;
  readonly previousClose?: { toString(): string } | undefined;
  readonly previousCloseAt?: number | undefined;
  readonly accrued?: { toString(): string } | undefined;
  readonly previousAccrued?: { toString(): string } | undefined;
}

/** The details of a stored price. */
export function startingDetails(stored: StartingPrice): PriceDetails {
  const { currency, previousClose, previousCloseAt, accrued, previousAccrued } = stored;
  return {
    currency,
    previousClose: previousClose?.toString(),
    previousCloseAt,
    accrued: accrued?.toString(),
    previousAccrued: previousAccrued?.toString(),
  };
}
