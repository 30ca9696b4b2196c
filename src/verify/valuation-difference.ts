import { Decimal } from '../core/money/decimal.js';
import type { ValuationRecord } from '../core/portfolio/portfolio-repository.js';
import { STREAMED_FIGURES } from '../core/portfolio/figures/portfolio-totals.js';

/** A field in which two valuations differ. */
export interface ComparedField {
  /** Name of the field in a `ValuationRecord`; `priced.marketValue` for that total. */
  readonly field: Exclude<keyof ValuationRecord, 'priced'> | 'priced.marketValue';
  /** `none` where no valuation is stored; `unknown` for `null`. */
  readonly stored: string;
  readonly expected: string;
}

const FIELDS = [
  'version',
  'currency',
  ...STREAMED_FIGURES,
  'priced.marketValue',
  'complete',
  'unpriced',
  'unconverted',
] as const;

/** Fields of a stored valuation that differ from the expected one; all fields if none is stored. */
export function differingFields(
  stored: ValuationRecord | undefined,
  expected: ValuationRecord,
): readonly ComparedField[] {
  return FIELDS.flatMap((field) => {
    const [is, should] = [stored ? textOf(figure(stored, field)) : 'none', textOf(figure(expected, field))];
    return is === should ? [] : { field, stored: is, expected: should };
  });
}

function figure(record: ValuationRecord, field: (typeof FIELDS)[number]): unknown {
  return field === 'priced.marketValue' ? record.priced.marketValue : record[field];
}

function textOf(value: unknown): string {
  if (value instanceof Decimal) return value.trimmed().toString();
  return value === null ? 'unknown' : Array.isArray(value) ? value.join(', ') : String(value);
}

/** Whether a stored value has the expected figures; where prices are not given, also the expected `priceOrder`. */
export function isRight(
  stored: ValuationRecord | undefined,
  expected: ValuationRecord,
  isGiven: boolean,
): boolean {
  if (!stored || stored.version !== expected.version) return false;
  const isOfSamePrices =
    isGiven || !isComparable(stored, expected) || stored.priceOrder === expected.priceOrder;
  return isOfSamePrices && differingFields(stored, expected).length === 0;
}

/** Whether the orders of two valuations can be compared. */
export function isComparable(
  stored: ValuationRecord | undefined,
  expected: ValuationRecord,
): stored is ValuationRecord {
  return stored?.basis === expected.basis;
}

/** Whether two stored valuations are the same one. */
export function isSameRecord(a: ValuationRecord | undefined, b: ValuationRecord | undefined): boolean {
  return a?.priceOrder === b?.priceOrder && a?.valuedAt === b?.valuedAt && a?.version === b?.version;
}
