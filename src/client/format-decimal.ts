import { checkNames } from '../core/option-names.js';
import type { DecimalText } from '../protocol/values.js';

/** Options of {@link formatDecimal}. */
export interface FormatDecimalOptions {
  /** BCP 47 tag, such as `de-CH`. Default: the browser's. */
  readonly locale?: string;
  /** When a sign is shown; see `Intl.NumberFormat`. Default `auto`: for negative values. */
  readonly signDisplay?: 'auto' | 'always' | 'exceptZero' | 'never';
  /** Least number of digits after the point; zeros are added. Default: as many as the value has. Digits are never removed. */
  readonly minimumFractionDigits?: number;
}

interface Style {
  readonly group: string;
  readonly point: string;
  readonly minus: string;
  readonly plus: string;
  /** Number of digits in the last group before the point, and in the groups before that one; they differ in India. */
  readonly lastGroup: number;
  readonly otherGroups: number;
  /** Least number of digits before the first separator, such as 2 in Spanish: 1234, 12.345. */
  readonly firstGroup: number;
  readonly digits: readonly string[];
}

const NAMES: Readonly<Record<keyof FormatDecimalOptions, true>> = {
  locale: true,
  signDisplay: true,
  minimumFractionDigits: true,
};

const styles = new Map<string, Style>();

/**
 * Formats a decimal with the digits and separators of a locale. It shows all digits and rounds none, because the value never becomes a
 * floating-point number. A string that is no decimal is returned unchanged.
 *
 * @example
 * ```ts
 * import { formatDecimal } from 'tickmark/client';
 *
 * console.log(formatDecimal('1234567890123456789.10', { locale: 'en' })); // 1,234,567,890,123,456,789.10
 * ```
 */
export function formatDecimal(value: DecimalText, options: FormatDecimalOptions = {}): string {
  checkNames('formatDecimal', 'option', options, NAMES);
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

/** How a locale writes numbers, read from formatted samples. */
function styleOf(locale: string | undefined): Style {
  const known = styles.get(locale ?? '');
  if (known) return known;
  const format = new Intl.NumberFormat(locale, { signDisplay: 'always', useGrouping: true });
  const parts = format.formatToParts(-123456789012.5);
  const one = (type: string, from = parts): string => from.find((part) => part.type === type)?.value ?? '';
  const groups = parts.filter(({ type }) => type === 'integer').map(({ value }) => value.length);
  // `useGrouping: true` groups every number. Without it, 1234 and 12345 show from which length on the locale groups.
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

/** The sign, with the marks of writing direction that some languages put beside it. */
function signOf(parts: readonly Intl.NumberFormatPart[]): string {
  const digits = parts.findIndex(({ type }) => type === 'integer');
  return parts
    .slice(0, digits)
    .map(({ value }) => value)
    .join('');
}
