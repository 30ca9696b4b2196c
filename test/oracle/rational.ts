/** A fraction in lowest terms, denominator above zero: arithmetic that anyone can check by hand. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export const ZERO: Rational = { n: 0n, d: 1n };

export function rational(n: bigint, d: bigint): Rational {
  if (d === 0n) throw new Error('division by zero');
  const divisor = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / divisor, d: d / divisor };
}

/** Reads a plain decimal string: an optional minus, digits, and digits after a point. */
export function parse(text: string): Rational {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new Error(`not a plain decimal: ${text}`);
  const [, minus, whole, fraction = ''] = match;
  const size = BigInt(whole! + fraction);
  return rational(minus === '-' ? -size : size, 10n ** BigInt(fraction.length));
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d + b.n * a.d, a.d * b.d);
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { n: -b.n, d: b.d });
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.n * b.n, a.d * b.d);
}

export function divide(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n);
}

export function absolute(a: Rational): Rational {
  return a.n < 0n ? { n: -a.n, d: a.d } : a;
}

/** Negative, zero or positive. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function sum(parts: readonly Rational[]): Rational {
  return parts.reduce(add, ZERO);
}

/** The largest whole number that is not above. */
export function floor(a: Rational): bigint {
  const quotient = a.n / a.d;
  return a.n < 0n && quotient * a.d !== a.n ? quotient - 1n : quotient;
}

/** The nearest whole number; halfway, the even one. */
export function roundHalfEven(a: Rational): bigint {
  const below = floor(a);
  const rest = subtract(a, { n: below, d: 1n });
  const half = compare(rest, { n: 1n, d: 2n });
  if (half !== 0) return half < 0 ? below : below + 1n;
  return below % 2n === 0n ? below : below + 1n;
}

/** `units` of 10^-scale as a string with all `scale` digits after the point. */
export function fixed(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale);
  return (units < 0n ? '-' : '') + (scale === 0 ? whole : `${whole}.${fraction}`);
}

/** Rounded half-even, as a string with `scale` digits after the point. */
export function rounded(a: Rational, scale: number): string {
  return fixed(roundHalfEven(multiply(a, { n: 10n ** BigInt(scale), d: 1n })), scale);
}

/** A fraction that ends as a decimal, as its shortest string. */
export function shortest(a: Rational): string {
  for (let scale = 0; scale < 400; scale++) {
    const units = multiply(a, { n: 10n ** BigInt(scale), d: 1n });
    if (units.d === 1n) return fixed(units.n, scale);
  }
  throw new Error('no end as a decimal');
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
