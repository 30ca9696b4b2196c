import { Decimal } from '../../../../core/money/decimal.js';
import { priceFault } from '../../../../core/prices/price-update.js';

const MAX_SCALE = 18;

/** The middle of a bid and an ask, exactly; or why there is none. */
export function middleOf(bid: string, ask: string): { text?: string; fault?: string } {
  if (bid.includes(',') || ask.includes(',')) return { fault: 'comma-in-price' };
  if (bid === '' || ask === '') return { fault: 'one-sided-quote' };
  const fault = priceFault(bid, true) ?? priceFault(ask, true);
  if (fault !== null) return { fault };
  const [low, high] = [Decimal.from(bid), Decimal.from(ask)];
  // Venues write 0 for a side without orders.
  if (low.isZero || high.isZero) return { fault: 'one-sided-quote' };
  const sum = low.plus(high);
  return {
    text: sum
      .dividedBy(2, Math.min(sum.scale + 1, MAX_SCALE))
      .trimmed()
      .toString(),
  };
}
