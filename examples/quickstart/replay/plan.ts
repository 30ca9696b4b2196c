import { Portfolio } from 'tickmark';
import type { FirstPrice, Scan } from './scan.js';

/** Portfolios for any recording. */
export interface Plan {
  readonly portfolios: readonly Portfolio[];
  readonly fx: readonly string[];
}

const KINDS: ReadonlyArray<readonly [name: string, quantity: (at: number) => string]> = [
  ['long', (at) => String(10 + 5 * (at % 4))],
  ['short', (at) => (at % 2 === 0 ? String(-3 - (at % 5)) : '2')],
  // As many digits as crypto venues use, so that any rounding would show.
  ['fractional', (at) => `0.1${String((2_345_678 + 7_654_321 * at) % 10_000_000).padStart(7, '0')}`],
];

/** Three portfolios of each base currency: long, with short positions, and of fractions; bought at the first prices. */
export function planFor({ symbols }: Scan): Plan {
  const pairs = symbols.filter(({ symbol }) => isPair(symbol));
  const held = pairs.length < symbols.length ? symbols.filter((each) => !pairs.includes(each)) : symbols;
  const fx = held === symbols ? [] : pairs.map(({ symbol }) => symbol);
  const tether = held.filter(({ currency }) => currency === 'USDT');
  const others = held.filter(({ currency }) => currency !== 'USDT');
  const groups = [
    { currency: 'USDT', members: tether },
    { currency: baseOf(others, fx), members: others },
  ].filter(({ members }) => members.length > 0);
  const portfolios = groups.flatMap(({ currency, members }) =>
    KINDS.map(([name, quantity]) =>
      Portfolio.create({
        id: groups.length > 1 ? `${name} ${currency}` : name,
        currency,
        positions: members.map(({ symbol, price, currency: own }, at) => {
          return { symbol, quantity: quantity(at), averageCost: price, currency: own };
        }),
      }),
    ),
  );
  return { portfolios, fx };
}

// Only ISO 4217 codes: BTC/USDT is an instrument, not an exchange rate.
const MONEY = new Set(Intl.supportedValuesOf('currency'));

function isPair(symbol: string): boolean {
  const [base = '', quote = '', ...more] = symbol.split('/');
  return more.length === 0 && MONEY.has(base) && MONEY.has(quote);
}

function baseOf(held: readonly FirstPrice[], fx: readonly string[]): string {
  const hasDollars =
    held.some(({ currency }) => currency === 'USD') || fx.some((pair) => pair.includes('USD'));
  return hasDollars ? 'USD' : (held[0]?.currency ?? 'USD');
}
