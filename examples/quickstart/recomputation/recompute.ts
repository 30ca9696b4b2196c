import { fractionOf, inverse, ONE, plus, roundedUnits, textOf, times, type Fraction } from './exact.js';
import type { WrittenPrice } from './last-prices.js';

/** The holdings of a portfolio, as strings. */
export interface Holdings {
  readonly currency: string;
  readonly positions: ReadonlyArray<{
    readonly symbol: string;
    readonly quantity: string;
    readonly currency: string;
  }>;
}

// A unit of the first is a hundredth of the second.
const MINOR_UNITS = { GBp: 'GBP', GBX: 'GBP', ZAc: 'ZAR', ZAC: 'ZAR', ILA: 'ILS' };

/**
 * The market value of what has a price and a rate, from strings only: quantity × price summed exactly by currency, each
 * sum converted by one rate and rounded once to `scale` digits, half to even.
 */
export function recompute(
  { currency, positions }: Holdings,
  prices: ReadonlyMap<string, WrittenPrice>,
  pairs: readonly string[],
  scale: number,
): string {
  const sums = new Map<string, Fraction>();
  for (const position of positions) {
    const written = prices.get(position.symbol);
    if (!written) continue;
    const value = times(fractionOf(position.quantity)!, fractionOf(written.price)!);
    const of = written.currency ?? position.currency;
    sums.set(of, plus(sums.get(of) ?? { numerator: 0n, denominator: 1n }, value));
  }
  const rates = ratesOf(prices, pairs);
  let total = 0n;
  for (const [from, sum] of sums) {
    const rate = rateOf(from, currency, rates);
    if (rate) total += roundedUnits(times(sum, rate), scale);
  }
  return textOf(total, scale);
}

interface Rate {
  readonly from: string;
  readonly to: string;
  readonly rate: Fraction;
}

function ratesOf(prices: ReadonlyMap<string, WrittenPrice>, pairs: readonly string[]): Rate[] {
  const rates: Rate[] = [];
  const add = (from: string, to: string, rate: Fraction): void =>
    void rates.push({ from, to, rate }, { from: to, to: from, rate: inverse(rate) });
  for (const pair of pairs) {
    const written = prices.get(pair);
    const rate = written && fractionOf(written.price);
    const [base, quote] = pair.split('/');
    if (rate && rate.numerator > 0n) add(base!, quote!, rate);
  }
  for (const [minor, major] of Object.entries(MINOR_UNITS))
    add(minor, major, { numerator: 1n, denominator: 100n });
  return rates;
}

// Breadth-first from one currency to the next.
function rateOf(from: string, to: string, rates: readonly Rate[]): Fraction | null {
  const found = new Map<string, Fraction>([[from, ONE]]);
  for (const [at, sofar] of found) {
    if (at === to) return sofar;
    for (const step of rates)
      if (step.from === at && !found.has(step.to)) found.set(step.to, times(sofar, step.rate));
  }
  return null;
}
