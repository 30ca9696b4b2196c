import { Decimal, type PortfolioSnapshot, type PriceRecord, type ValuationRecord } from 'tickmark';
import { mapFigures } from 'tickmark/parts';

/** A record as parsed from JSON: a `Decimal` is a string. */
export type Written<R> = {
  readonly [K in keyof R]: Decimal extends R[K]
    ? Exclude<R[K], Decimal> | string
    : R[K] extends { readonly marketValue: Decimal }
      ? Written<R[K]>
      : R[K];
};

/** A stored portfolio. A deleted one keeps its last version. */
export interface Row {
  readonly id: string;
  readonly version: number;
  readonly portfolio: PortfolioSnapshot | null;
  readonly valuation: Written<ValuationRecord> | null;
}

/** A row before it is written. */
export type Unwritten = Omit<Row, 'valuation'> & { readonly valuation: ValuationRecord };

/** A line of the journal: one change. */
export interface Line<R, P> {
  readonly row?: R;
  readonly price?: P;
}

export function valuationOf(written: Written<ValuationRecord>): ValuationRecord {
  return {
    ...written,
    ...mapFigures((name) => optional(written[name])),
    priced: { marketValue: decimal(written.priced.marketValue) },
  };
}

export function priceOf(written: Written<PriceRecord>): PriceRecord {
  const { bid, ask, previousClose, accrued, previousAccrued, adjustment, ...rest } = written;
  return {
    ...rest,
    price: decimal(written.price),
    ...(bid !== undefined && { bid: decimal(bid) }),
    ...(ask !== undefined && { ask: decimal(ask) }),
    ...(previousClose !== undefined && { previousClose: decimal(previousClose) }),
    ...(accrued !== undefined && { accrued: decimal(accrued) }),
    ...(previousAccrued !== undefined && { previousAccrued: decimal(previousAccrued) }),
    ...(adjustment !== undefined && { adjustment: decimal(adjustment) }),
  };
}

// A line from before a figure was introduced does not have it.
function optional(text: string | null | undefined): Decimal | null {
  return text == null ? null : decimal(text);
}

// Totals may have more digits than `Decimal.from` accepts.
function decimal(text: string): Decimal {
  const [whole, fraction = ''] = text.split('.');
  return Decimal.ofUnits(BigInt(`${whole}${fraction}`), fraction.length);
}
