import { Decimal } from '../core/money/decimal.js';
import type { ValuationRecord } from '../core/portfolio/portfolio-repository.js';

/** A field in which two valuations differ, as text. */
export interface ComparedField {
  /** Name of the field in a `ValuationRecord`; `priced.marketValue` for that total. */
  readonly field: Exclude<keyof ValuationRecord, 'priced'> | 'priced.marketValue';
  readonly stored: string;
  readonly expected: string;
}

const FIELDS = [
  'version',
  'currency',
  'marketValue',
  'costBasis',
  'unrealizedPnl',
  'cash',
  'equity',
  'priced.marketValue',
  'complete',
  'unpriced',
  'unconverted',
] as const;

/** What a stored valuation says that it should not; all fields where none is stored. */
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
