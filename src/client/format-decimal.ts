import { invalidArgument } from '../core/errors.js';
import { checkNames } from '../core/option-names.js';
import { checkNumber } from '../core/options.js';
import type { DecimalText } from '../protocol/values.js';
import { readDecimal, roundedDigits, shifted } from './decimal-text.js';

/** Options of {@link formatDecimal}. */
export interface FormatDecimalOptions {
  /** BCP 47 tag, such as `de-CH`. Default: the browser's. */
  readonly locale?: string;
  /** When a sign is shown; see `Intl.NumberFormat`. Default `auto`: for negative values. What is shown as 0 has no minus sign. */
  readonly signDisplay?: 'auto' | 'always' | 'exceptZero' | 'never';
  /** Least number of digits after the point, 0 to 100; zeros are added. Default: as many as the value has, within the greatest number. */
  readonly minimumFractionDigits?: number;
  /** Greatest number of digits after the point, 0 to 100; the value is rounded half-even. Default: as many as the value has. */
  readonly maximumFractionDigits?: number;
}

/** Options of {@link formatPercent}. */
export interface FormatPercentOptions extends FormatDecimalOptions {
  /**
   * What 1 stands for: `percent`, 1 %, as in fields such as `dayPnlPct`; `share`, 100 %, as in `weight` and `pricedShare`. Default
   * `percent`.
   */
  readonly from?: 'percent' | 'share';
}

/** What stands before and after the digits, such as a sign. */
type Frame = readonly [before: string, after: string];

interface Style {
  readonly group: string;
  readonly point: string;
  readonly minus: Frame;
  readonly plus: Frame;
  readonly unsigned: Frame;
  /** Number of digits in the last group before the point, and in the groups before that one; they differ in India. */
  readonly lastGroup: number;
  readonly otherGroups: number;
  /** Least number of digits before the first separator, such as 2 in Spanish: 1234, 12.345; `Infinity` without separators. */
  readonly firstGroup: number;
  readonly digits: readonly string[];
}

const NAMES: Readonly<Record<keyof FormatDecimalOptions, true>> = {
  locale: true,
  signDisplay: true,
  minimumFractionDigits: true,
  maximumFractionDigits: true,
};
const DIGITS = { from: 0, to: 100, isWhole: true };

const styles = new Map<string, Style>();

/**
 * Formats a decimal with the digits and separators of a locale. It shows all digits, unless `maximumFractionDigits` asks for fewer; then
 * it rounds half-even, digit by digit, because the value never becomes a floating-point number. A string that is no decimal is returned
 * unchanged.
 *
 * @example
 * ```ts
 * import { formatDecimal } from 'tickmark/client';
 *
 * console.log(formatDecimal('1234567890123456789.10', { locale: 'en' })); // 1,234,567,890,123,456,789.10
 * console.log(formatDecimal('-0.6656', { locale: 'en', maximumFractionDigits: 2 })); // -0.67
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown option, and for numbers of digits outside 0 to 100 or in the wrong order.
 */
export function formatDecimal(value: DecimalText, options: FormatDecimalOptions = {}): string {
  checkNames('formatDecimal', 'option', options, NAMES);
  return format('formatDecimal', 'decimal', value, options);
}

/**
 * Formats per cents as a locale writes them, rounded half-even to 2 digits after the point: `-0.67%`, `−0,67 %`. A string that is no
 * decimal is returned unchanged.
 *
 * @example
 * ```ts
 * import { formatPercent } from 'tickmark/client';
 *
 * console.log(formatPercent('-0.6656', { locale: 'en' })); // -0.67%
 * console.log(formatPercent('0.2534', { locale: 'de', from: 'share' })); // 25,34 %
 * ```
 *
 * @throws TickmarkError as {@link formatDecimal}.
 */
export function formatPercent(value: DecimalText, options: FormatPercentOptions = {}): string {
  const { from = 'percent', ...rest } = options;
  checkNames('formatPercent', 'option', rest, NAMES);
  if (from !== 'percent' && from !== 'share')
    throw invalidArgument('formatPercent: from', from, '`percent` or `share`');
  const { maximumFractionDigits: most = Math.max(2, rest.minimumFractionDigits ?? 0) } = rest;
  const least = rest.minimumFractionDigits ?? Math.min(2, most);
  const digits = { ...rest, minimumFractionDigits: least, maximumFractionDigits: most };
  return format('formatPercent', 'percent', value, digits, from === 'share' ? 2 : 0);
}

function format(
  where: string,
  kind: 'decimal' | 'percent',
  value: DecimalText,
  { locale, signDisplay, minimumFractionDigits: least, maximumFractionDigits: most }: FormatDecimalOptions,
  shift = 0,
): string {
  if (least !== undefined) checkNumber(`${where}: minimumFractionDigits`, least, DIGITS);
  if (most !== undefined)
    checkNumber(`${where}: maximumFractionDigits`, most, { ...DIGITS, from: least ?? 0 });
  const read = readDecimal(value);
  if (!read) return value;
  const style = styleOf(locale, kind);
  const [whole, fraction] = roundedDigits(shifted(read, shift), most);
  const after = fraction.padEnd(least ?? 0, '0');
  const digits = (text: string): string => text.replace(/\d/g, (digit) => style.digits[Number(digit)]!);
  const isZero = !/[1-9]/.test(whole + fraction);
  const [front, back] = frame(read.minus !== '', isZero, signDisplay, style);
  return front + digits(grouped(whole, style)) + (after && style.point + digits(after)) + back;
}

function frame(isNegative: boolean, isZero: boolean, display: string | undefined, style: Style): Frame {
  if (display === 'never' || (isZero && display !== 'always')) return style.unsigned;
  if (isNegative && !isZero) return style.minus;
  return display === 'always' || display === 'exceptZero' ? style.plus : style.unsigned;
}

function grouped(whole: string, { group, lastGroup, otherGroups, firstGroup }: Style): string {
  if (group === '' || whole.length < lastGroup + firstGroup) return whole;
  const groups = [whole.slice(-lastGroup)];
  let rest = whole.slice(0, -lastGroup);
  for (; rest !== ''; rest = rest.slice(0, -otherGroups)) groups.unshift(rest.slice(-otherGroups));
  return groups.join(group);
}

/** How a locale writes numbers, read from formatted samples. */
function styleOf(locale: string | undefined, kind: 'decimal' | 'percent'): Style {
  const name = `${kind} ${locale ?? ''}`;
  const known = styles.get(name);
  if (known) return known;
  const parts = new Intl.NumberFormat(locale, {
    style: kind,
    useGrouping: true,
    minimumFractionDigits: 1,
  }).formatToParts(123456789012.5);
  const one = (type: string, from = parts): string => from.find((part) => part.type === type)?.value ?? '';
  const groups = parts.filter(({ type }) => type === 'integer').map(({ value }) => [...value].length);
  // `useGrouping: true` groups every number. Without it, 1234 and 12345 show from which length on the locale groups.
  const habit = new Intl.NumberFormat(locale, { style: kind });
  const unit = kind === 'percent' ? 0.01 : 1;
  const isGrouped = (value: number): boolean => one('group', habit.formatToParts(value * unit)) !== '';
  const signed = new Intl.NumberFormat(locale, { style: kind, signDisplay: 'always' });
  const style = {
    group: one('group'),
    point: one('decimal'),
    minus: frameOf(signed.formatToParts(-unit)),
    plus: frameOf(signed.formatToParts(unit)),
    unsigned: frameOf(habit.formatToParts(unit)),
    lastGroup: groups.at(-1)!,
    otherGroups: groups.at(-2) ?? groups.at(-1)!,
    firstGroup: isGrouped(1234) ? 1 : isGrouped(12345) ? 2 : Infinity,
    digits: [...new Intl.NumberFormat(locale, { useGrouping: false }).format(9876543210)].reverse(),
  };
  styles.set(name, style);
  return style;
}

/** What stands around the digits, with the marks of writing direction that some languages put there. */
function frameOf(parts: readonly Intl.NumberFormatPart[]): Frame {
  const digits = parts.findIndex(({ type }) => type === 'integer');
  const join = (some: readonly Intl.NumberFormatPart[]): string => some.map(({ value }) => value).join('');
  return [join(parts.slice(0, digits)), join(parts.slice(digits + 1))];
}
