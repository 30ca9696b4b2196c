import type { DecimalText } from '../protocol/values.js';

/** Options of {@link formatDecimal}. */
export interface FormatDecimalOptions {
  /** BCP 47 tag, such as `de-CH`. Default: the browser's. */
  readonly locale?: string;
  /** When a sign is shown; see `Intl.NumberFormat`. Default `auto`: for negative values. */
  readonly signDisplay?: 'auto' | 'always' | 'exceptZero' | 'never';
  /** Least digits after the point, filled up with zeros. Default: those that the value has. Digits are never taken away. */
  readonly minimumFractionDigits?: number;
}

interface Style {
  readonly group: string;
  readonly point: string;
  readonly minus: string;
  readonly plus: string;
  /** Digits of the last group before the point, and of those before it; they differ in India. */
  readonly lastGroup: number;
  readonly otherGroups: number;
  /** Least digits before a first group, such as 2 in Spanish: 1234, 12.345. */
  readonly firstGroup: number;
  readonly digits: readonly string[];
}

const styles = new Map<string, Style>();

/**
 * A decimal in the digits and with the separators of a locale. All of its digits are shown and none is rounded: it is never made
 * a floating-point number. What is no decimal is given back as it is.
 *
 * ```ts
 * formatDecimal('1234567890123456789.10', { locale: 'en' }); // 1,234,567,890,123,456,789.10
 * ```
 */
export function formatDecimal(value: DecimalText, options: FormatDecimalOptions = {}): string {
  const [, minus, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  if (whole === undefined) return value;
  const style = styleOf(options.locale);
  const after = fraction.padEnd(options.minimumFractionDigits ?? 0, '0');
  const digits = (text: string): string => text.replace(/\d/g, (digit) => style.digits[Number(digit)]!);
  const isZero = !/[1-9]/.test(value);
  return (
    sign(minus !== '', isZero, options.signDisplay, style) +
    digits(grouped(whole, style)) +
    (after && style.point + digits(after))
  );
}

function sign(isNegative: boolean, isZero: boolean, display: string | undefined, style: Style): string {
  if (display === 'never' || (isZero && display !== 'always')) return '';
  if (isNegative && !isZero) return style.minus;
  return display === 'always' || display === 'exceptZero' ? style.plus : '';
}

function grouped(whole: string, { group, lastGroup, otherGroups, firstGroup }: Style): string {
  if (group === '' || whole.length < lastGroup + firstGroup) return whole;
  const groups = [whole.slice(-lastGroup)];
  let rest = whole.slice(0, -lastGroup);
  for (; rest !== ''; rest = rest.slice(0, -otherGroups)) groups.unshift(rest.slice(-otherGroups));
  return groups.join(group);
}

/** What a locale does with numbers, read off two of them. */
function styleOf(locale: string | undefined): Style {
  const known = styles.get(locale ?? '');
  if (known) return known;
  const format = new Intl.NumberFormat(locale, { signDisplay: 'always', useGrouping: true });
  const parts = format.formatToParts(-123456789012.5);
  const one = (type: string, from = parts): string => from.find((part) => part.type === type)?.value ?? '';
  const groups = parts.filter(({ type }) => type === 'integer').map(({ value }) => value.length);
  // "Always" groups whatever the language's habit is; what is left of the habit shows in 1234 and 12345.
  const habit = new Intl.NumberFormat(locale);
  const isGrouped = (value: number): boolean => one('group', habit.formatToParts(value)) !== '';
  const style = {
    group: one('group'),
    point: one('decimal'),
    minus: signOf(parts),
    plus: signOf(format.formatToParts(1)),
    lastGroup: groups.at(-1)!,
    otherGroups: groups.at(-2) ?? groups.at(-1)!,
    firstGroup: isGrouped(1234) ? 1 : isGrouped(12345) ? 2 : 3,
    digits: [...new Intl.NumberFormat(locale, { useGrouping: false }).format(9876543210)].reverse(),
  };
  styles.set(locale ?? '', style);
  return style;
}

/** A sign with the marks of writing direction that some languages put beside it. */
function signOf(parts: readonly Intl.NumberFormatPart[]): string {
  const digits = parts.findIndex(({ type }) => type === 'integer');
  return parts
    .slice(0, digits)
    .map(({ value }) => value)
    .join('');
}
