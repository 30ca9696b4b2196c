/** An exact number: numerator by denominator. */
export interface Fraction {
  readonly numerator: bigint;
  /** Above zero. */
  readonly denominator: bigint;
}

export const ONE: Fraction = { numerator: 1n, denominator: 1n };

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;

/** The exact value of a decimal string, or `null` for anything else. */
export function fractionOf(text: string): Fraction | null {
  const [, sign, whole = '', digits = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + digits === '') return null;
  const units = BigInt(whole + digits) * (sign === '-' ? -1n : 1n);
  const scale = digits.length - Number(exponent);
  return scale >= 0
    ? { numerator: units, denominator: 10n ** BigInt(scale) }
    : { numerator: units * 10n ** BigInt(-scale), denominator: 1n };
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** The reciprocal; the argument must be above zero. */
export function inverse({ numerator, denominator }: Fraction): Fraction {
  return { numerator: denominator, denominator: numerator };
}

export function isEqual(a: Fraction, b: Fraction): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}

/** Whole units of 10^-`scale`, rounded half to even. */
export function roundedUnits({ numerator, denominator }: Fraction, scale: number): bigint {
  const shifted = numerator * 10n ** BigInt(scale);
  const isNegative = shifted < 0n;
  const size = isNegative ? -shifted : shifted;
  const floor = size / denominator;
  const twiceRest = (size % denominator) * 2n;
  const isUp = twiceRest > denominator || (twiceRest === denominator && floor % 2n === 1n);
  const rounded = isUp ? floor + 1n : floor;
  return isNegative ? -rounded : rounded;
}

/** Units of 10^-`scale` as a decimal string. */
export function textOf(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}
