import { currencyOf } from './currency.js';
import { Decimal } from './decimal.js';

// Ratios of minor units are whole numbers: most end as decimals at once.
const RATIO_SCALE = 18;

/** The currency of which a code is a minor unit, such as `GBP` for `GBp`; others are their own. */
export function majorOf(currency: string): string {
  return currencyOf(currency).minorOf?.code ?? currency;
}

/** An amount of a minor unit as one of its major currency, such as pence as pounds; other amounts as they are. */
export function inMajorUnits(amount: Decimal, currency: string): Decimal {
  const { minorOf } = currencyOf(currency);
  if (!minorOf) return amount;
  return amount.dividedBy(Decimal.from(minorOf.ratio), amount.scale + RATIO_SCALE).trimmed();
}
