/** A ratio as an explanation writes it: `numerator/denominator`. */
type Ratio = readonly [numerator: bigint, denominator: bigint];

/** What is read of an explanation; see `Explanation` of tickmark/parts. */
interface Explained {
  readonly scale: number;
  readonly groups?: ReadonlyArray<{
    readonly rate: string | null;
    readonly parts: ReadonlyArray<{ readonly amount: string | null }>;
  }>;
  readonly operands?: ReadonlyArray<{ readonly sign: 1 | -1; readonly explanation: Explained }>;
}

/** Computes a figure again from its explanation, with nothing but whole numbers; `null` where something is unknown. */
export function recomputed(explained: Explained): string | null {
  const units = unitsOf(explained);
  return units === null ? null : asText(units, explained.scale);
}

function unitsOf({ scale, groups = [], operands }: Explained): bigint | null {
  if (operands) {
    return operands.reduce<bigint | null>((sum, { sign, explanation }) => {
      const units = unitsOf(explanation);
      return sum === null || units === null ? null : sum + BigInt(sign) * units;
    }, 0n);
  }
  let total = 0n;
  for (const { rate, parts } of groups) {
    if (rate === null || parts.some(({ amount }) => amount === null)) return null;
    // Added exactly, converted once, rounded once.
    const sum = parts.map(({ amount }) => read(amount!)).reduce(add, [0n, 1n]);
    const [n, d] = read(rate);
    total += roundHalfEven(sum[0] * n * 10n ** BigInt(scale), sum[1] * d);
  }
  return total;
}

const read = (text: string): Ratio => text.split('/').map(BigInt) as unknown as Ratio;
const add = ([a, b]: Ratio, [c, d]: Ratio): Ratio => [a * d + c * b, b * d];

function roundHalfEven(n: bigint, d: bigint): bigint {
  const floor = n / d - (n % d < 0n ? 1n : 0n);
  const twice = 2n * (n - floor * d);
  return twice > d || (twice === d && floor % 2n !== 0n) ? floor + 1n : floor;
}

function asText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return (units < 0n ? '-' : '') + (scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`);
}
