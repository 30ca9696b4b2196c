import { Decimal } from '../../money/decimal.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { Fraction } from '../../money/fraction.js';
import { quotationOf } from '../valuation/valuation-input.js';

/** How a position counts in the columns, where a value is quantity × price. */
export interface FoldedPosition {
  /** Quantity with multiplier, divisor and minor unit folded in; 0 for a position whose worth is no such product, as that of an inverse contract. */
  readonly quantity: Decimal;
  /** Currency of the value. */
  readonly currency: string;
  /** Whether the portfolio has to be valued row by row. */
  readonly isByRow: boolean;
  /** Whether quantity and price are those of a plain equity in its own currency. */
  readonly isPlain: boolean;
}

/**
 * Folds what an instrument says into the quantity of a position, so that the arithmetic of a tick does not know about instruments.
 * @param priceCurrency Currency of the symbol's prices; `undefined` where the stream gives none.
 * @param hasAccrued Whether the prices come with accrued interest.
 */
export function foldedPosition(
  { instrument, quantity }: LedgerRow,
  priceCurrency: string | undefined,
  hasAccrued: boolean,
): FoldedPosition {
  const quoted = quotationOf(instrument, priceCurrency);
  const currency = quoted?.currency ?? instrument.settlementCurrency;
  const { numerator, denominator } = quoted?.ratio ?? Fraction.ZERO;
  const folded = quoted && endingProduct(quantity.times(instrument.factor), numerator, denominator);
  if (instrument.inverse && quoted)
    return { quantity: Decimal.ZERO, currency, isByRow: false, isPlain: false };
  if (!folded) return { quantity: Decimal.ZERO, currency, isByRow: true, isPlain: false };
  const isPlain =
    instrument.isPlain &&
    !hasAccrued &&
    (priceCurrency ?? instrument.currency) === instrument.settlementCurrency;
  return { quantity: folded, currency, isByRow: false, isPlain };
}

// null where the product has no end as a decimal, as with a minor unit of which 3 are a major one.
function endingProduct(amount: Decimal, numerator: bigint, denominator: bigint): Decimal | null {
  if (numerator === denominator) return amount.trimmed();
  const product = amount.times(Decimal.ofUnits(numerator, 0));
  const quotient = product.dividedBy(Decimal.ofUnits(denominator, 0), product.scale + 12).trimmed();
  return quotient.times(Decimal.ofUnits(denominator, 0)).equals(product) ? quotient : null;
}
