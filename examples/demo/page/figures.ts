import { formatDecimal, type DecimalText } from 'tickmark/client';

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
  return value == null ? UNKNOWN : formatDecimal(cut(value, 4), { locale, minimumFractionDigits: 2 });
}

/** A multiple, such as leverage. */
export function times(value: DecimalText | null | undefined, locale: string): string {
  return value == null ? UNKNOWN : `${formatDecimal(cut(value, 2), { locale })} ×`;
}

export function percent(value: DecimalText | null | undefined, locale: string, signed = true): string {
  if (value == null) return UNKNOWN;
  return `${formatDecimal(cut(value, 2), { locale, signDisplay: signed ? 'exceptZero' : 'auto', minimumFractionDigits: 2 })} %`;
}

/** A share such as 0.2534 in percent: the point moves, no digit changes. */
export function shareInPercent(value: DecimalText | null | undefined): DecimalText | null {
  if (value == null) return null;
  const [, minus, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  if (whole === undefined) return null;
  const digits = fraction.padEnd(2, '0');
  const front = `${whole}${digits.slice(0, 2)}`.replace(/^0+(?=\d)/, '');
  return `${minus}${front}${digits.length > 2 ? `.${digits.slice(2)}` : ''}`;
}

/** 1 for gains, -1 for losses, 0 for neither and what is not known. */
export function signOf(value: DecimalText | null | undefined): -1 | 0 | 1 {
  if (value == null || !/[1-9]/.test(value)) return 0;
  return value.startsWith('-') ? -1 : 1;
}

/** Fewer digits after the point, cut off: nobody reads all of them. */
function cut(value: DecimalText, digits: number): DecimalText {
  const point = value.indexOf('.');
  return point < 0 ? value : value.slice(0, point + 1 + digits);
}

/** A time from 0 ms on, in the unit that fits. */
export function age(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 1000) return '< 1 s';
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`;
}
