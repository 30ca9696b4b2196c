import type { Messages } from './messages-en.js';
import { formatDecimal, formatPercent, shareOut, type DecimalText, type PositionRow } from 'tickmark/client';

/** What stands where nothing is known. */
export const UNKNOWN = '—';

/** An amount with all its digits, and zeros up to so many, so that it does not change its length with every tick. */
export function amount(
  value: DecimalText | null | undefined,
  locale: string,
  minimumFractionDigits = 0,
): string {
  return value == null ? UNKNOWN : formatDecimal(value, { locale, minimumFractionDigits });
}

/** The same with a sign on gains, too. */
export function gain(value: DecimalText | null | undefined, locale: string): string {
  return value == null ? UNKNOWN : formatDecimal(value, { locale, signDisplay: 'exceptZero' });
}

/** A price with at least 2 and at most 4 digits after the point: a break-even price may have no end. */
export function price(value: DecimalText | null | undefined, locale: string): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 4 };
  return value == null ? UNKNOWN : formatDecimal(value, { locale, ...digits });
}

/** A multiple, such as leverage. */
export function times(value: DecimalText | null | undefined, locale: string): string {
  return value == null ? UNKNOWN : `${formatDecimal(value, { locale, maximumFractionDigits: 2 })} ×`;
}

/** Per cents of a gain or a loss. */
export function percent(value: DecimalText | null | undefined, locale: string): string {
  return value == null ? UNKNOWN : formatPercent(value, { locale, signDisplay: 'exceptZero' });
}

/** How good a row's price is, in words; a last price from before its market closed is not late. */
export function gradeOf(
  { grade, price }: Pick<PositionRow, 'grade' | 'price'>,
  { grades, marketClosed }: Pick<Messages, 'grades' | 'marketClosed'>,
): string {
  return grade === 'delayed' && price?.kind === 'close' ? marketClosed : (grades[grade] ?? grade);
}

/** Per cents of a whole. */
export function share(value: DecimalText | null | undefined, locale: string): string {
  return value == null ? UNKNOWN : formatPercent(value, { locale });
}

/** Per cents of each row in all that can be valued, by symbol. As they are shown, their sizes add up to exactly 100. */
export function weightsOf(rows: readonly PositionRow[]): ReadonlyMap<string, DecimalText | null> {
  const shares = shareOut(
    rows.map(({ exposure }) => exposure),
    2,
  );
  return new Map(rows.map(({ symbol }, index) => [symbol, shares[index]!]));
}

/** 1 for gains, -1 for losses, 0 for neither and what is not known. */
export function signOf(value: DecimalText | null | undefined): -1 | 0 | 1 {
  if (value == null || !/[1-9]/.test(value)) return 0;
  return value.startsWith('-') ? -1 : 1;
}

/** A time from 0 ms on, in the unit that fits. */
export function age(ms: number | null, locale: string): string {
  if (ms === null) return UNKNOWN;
  const whole = (unitMs: number): string => formatDecimal(String(Math.floor(ms / unitMs)), { locale });
  if (ms < 1000) return `< ${formatDecimal('1', { locale })} s`;
  if (ms < 60_000) return `${whole(1000)} s`;
  return ms < 3_600_000 ? `${whole(60_000)} min` : `${whole(3_600_000)} h`;
}

/** Writes times of day. Everywhere on the page, so that 14:03 and 2:03 PM never stand side by side. */
export function timeFormat(locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** A number as a spreadsheet in the same language reads it: no separators of thousands, currency or arrow, and ASCII digits. */
export function plainNumber(text: string, locale: string): string {
  const pointOf = (format: Intl.NumberFormat): string =>
    format.formatToParts(0.5).find(({ type }) => type === 'decimal')!.value;
  const point = pointOf(new Intl.NumberFormat(locale));
  const latin = pointOf(new Intl.NumberFormat(locale, { numberingSystem: 'latn' }));
  const digits = [...new Intl.NumberFormat(locale, { useGrouping: false }).format(9876543210)].reverse();
  const plain = [...text].map((each) =>
    each === point ? latin : digits.includes(each) ? digits.indexOf(each) : '',
  );
  return `${/[-−]/.test(text) ? '-' : ''}${plain.join('')}`;
}
