/** Rates between currencies, the plain way: every path is tried. It shares no code with the library. */
import { HUNDRED, MINOR_UNITS, ONE } from './instrument-oracle.js';
import { divide, multiply, parse, type Rational } from './rational.js';

/** The last price of a symbol or currency pair. */
export interface OraclePrice {
  readonly last: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly previousClose?: string;
  /** When the previous session closed. Absent: the start of the day. */
  readonly previousCloseAt?: number;
  readonly accrued?: string;
  readonly previousAccrued?: string;
  /** Absent: that of the position's cost. */
  readonly currency?: string;
  readonly timestamp: number;
  readonly receivedAt: number;
  readonly state?: 'open' | 'closed' | 'halted' | 'delayed';
}

export interface OraclePair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
}

/** What the rates depend on. */
export interface OracleRates {
  readonly prices: ReadonlyMap<string, OraclePrice>;
  /** In the order that ties between paths go by. Their rates are in `prices`. */
  readonly pairs: readonly OraclePair[];
  readonly now: number;
  readonly fxMaxAgeMs: number;
  readonly fxPolicy: 'last' | 'sides';
}

type Side = 'sell' | 'buy';

interface Hop {
  readonly to: string;
  readonly pair: OraclePair | null;
  /** Units of `to` for one unit of where it starts, by side of the amount. */
  readonly rate: (side: Side) => Rational;
}

/** A rate, with the pairs that it comes from. */
export interface OracleRate {
  readonly hops: readonly Hop[];
  readonly rate: (side: Side) => Rational;
}

/**
 * The shortest path that visits no currency twice, the first in listing order among equals.
 * @param isPrevious The rate of the previous day, over pairs with a previous close alone.
 */
export function findRate(
  from: string,
  to: string,
  world: OracleRates,
  isPrevious = false,
): OracleRate | null {
  let best: readonly Hop[] | null = null;
  const walk = (at: string, visited: readonly string[], path: readonly Hop[]): void => {
    if (best && path.length >= best.length) return;
    if (at === to) {
      best = path;
      return;
    }
    for (const hop of hopsFrom(at, world, isPrevious)) {
      if (!visited.includes(hop.to)) walk(hop.to, [...visited, hop.to], [...path, hop]);
    }
  };
  walk(from, [from], []);
  if (!best) return null;
  const hops: readonly Hop[] = best;
  return { hops, rate: (side) => hops.reduce((product, hop) => multiply(product, hop.rate(side)), ONE) };
}

function hopsFrom(at: string, world: OracleRates, isPrevious: boolean): Hop[] {
  const hops: Hop[] = [];
  for (const [minor, major] of MINOR_UNITS) {
    if (at === minor) hops.push({ to: major, pair: null, rate: () => divide(ONE, HUNDRED) });
    if (at === major) hops.push({ to: minor, pair: null, rate: () => HUNDRED });
  }
  for (const pair of world.pairs) {
    const quote = world.prices.get(pair.symbol);
    const sides = quote && (isPrevious ? closeOf(quote, world.now) : sidesOf(quote, world));
    if (!sides) continue;
    const { bid, ask } = sides;
    // A holder of the base sells it at the bid, a debtor buys it at the ask; from the quote currency it is the reverse.
    if (at === pair.base) hops.push({ to: pair.quote, pair, rate: (side) => (side === 'sell' ? bid : ask) });
    if (at === pair.quote)
      hops.push({ to: pair.base, pair, rate: (side) => divide(ONE, side === 'sell' ? ask : bid) });
  }
  return hops;
}

interface Sides {
  readonly bid: Rational;
  readonly ask: Rational;
}

function sidesOf({ last, bid, ask, receivedAt }: OraclePrice, world: OracleRates): Sides | undefined {
  if (world.now - receivedAt > world.fxMaxAgeMs) return undefined;
  const isBySide = world.fxPolicy === 'sides';
  return {
    bid: parse((isBySide ? bid : undefined) ?? last),
    ask: parse((isBySide ? ask : undefined) ?? last),
  };
}

/** How long a dated close counts without a calendar: 96 hours. */
const CLOSE_LIFE_MS = 345_600_000;

/** The previous close, if it has no date or one that is recent enough. */
export function recentClose(
  { previousClose, previousCloseAt }: OraclePrice,
  now: number,
): string | undefined {
  return previousCloseAt !== undefined && now > previousCloseAt + CLOSE_LIFE_MS ? undefined : previousClose;
}

function closeOf(quote: OraclePrice, now: number): Sides | undefined {
  const previousClose = recentClose(quote, now);
  if (previousClose === undefined) return undefined;
  return { bid: parse(previousClose), ask: parse(previousClose) };
}

/** The prices that a rate is made of. */
export function legs(rate: OracleRate | null, world: OracleRates): OraclePrice[] {
  return (rate?.hops ?? []).flatMap(({ pair }) => (pair ? [world.prices.get(pair.symbol)!] : []));
}
