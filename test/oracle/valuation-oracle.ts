/**
 * What a valuation must be, computed the plain way: every figure from scratch, as fractions, with no thought for speed.
 * It shares no code with the library. All amounts are strings.
 */
import {
  ZERO,
  add,
  compare,
  divide,
  fixed,
  floor,
  multiply,
  parse,
  roundHalfEven,
  rounded,
  shortest,
  subtract,
  sum,
  type Rational,
} from './rational.js';

export interface OraclePrice {
  readonly last: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly previousClose?: string;
  /** Absent: that of the position's cost. */
  readonly currency?: string;
  readonly timestamp: number;
  readonly receivedAt: number;
  readonly state?: 'open' | 'closed' | 'halted' | 'delayed';
}

export interface OraclePosition {
  readonly symbol: string;
  readonly quantity: string;
  readonly costBasis: string;
  readonly currency: string;
}

export interface OraclePortfolio {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: 'cash' | 'margin';
  readonly cash: ReadonlyArray<readonly [currency: string, amount: string]>;
  readonly positions: readonly OraclePosition[];
}

export interface OraclePair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
}

export interface OracleWorld {
  readonly prices: ReadonlyMap<string, OraclePrice>;
  /** In the order that ties between paths go by. Their rates are in `prices`. */
  readonly pairs: readonly OraclePair[];
  readonly now: number;
  readonly fxMaxAgeMs: number;
  readonly fxPolicy: 'last' | 'sides';
  readonly pricePolicy: 'last' | 'exit' | 'mid';
  readonly staleAfterMs: number;
  readonly source: string;
}

type Side = 'sell' | 'buy';
type Known = Rational | null;

interface Hop {
  readonly to: string;
  readonly pair: OraclePair | null;
  /** Units of `to` for one unit of where it starts, by side of the amount. */
  readonly rate: (side: Side) => Rational;
}

interface Rate {
  readonly hops: readonly Hop[];
  readonly rate: (side: Side) => Rational;
}

/** Digits after the point of an amount of money, of the currencies that the tests use. */
export const SCALES: Readonly<Record<string, number>> = {
  USD: 2,
  EUR: 2,
  GBP: 2,
  GBp: 2,
  ZAR: 2,
  ZAc: 2,
  ILS: 2,
  ILA: 2,
  CHF: 2,
  JPY: 0,
  KWD: 3,
  BTC: 8,
};

const MINOR_UNITS: ReadonlyArray<readonly [minor: string, major: string]> = [
  ['GBp', 'GBP'],
  ['ZAc', 'ZAR'],
  ['ILA', 'ILS'],
];
const HUNDRED: Rational = { n: 100n, d: 1n };
const ONE: Rational = { n: 1n, d: 1n };

/** The whole valuation as plain data, in the shape that `PortfolioValuation` has as JSON. */
export function valuation(portfolio: OraclePortfolio, world: OracleWorld): OracleValuation {
  const scale = SCALES[portfolio.currency]!;
  const rates = new Map<string, Rate | null>();
  const rateOf = (currency: string): Rate | null => {
    if (!rates.has(currency)) rates.set(currency, findRate(currency, portfolio.currency, world));
    return rates.get(currency)!;
  };
  const prices = portfolio.positions.map((position) => priceOf(position, world));
  const currencies = portfolio.positions.map(
    (position) => world.prices.get(position.symbol)?.currency ?? position.currency,
  );
  const quantities = portfolio.positions.map(({ quantity }) => parse(quantity));

  const converted = (
    parts: ReadonlyArray<readonly [currency: string, amount: Known]>,
  ): Array<bigint | null> => {
    const results = parts.map((): bigint | null => null);
    for (const currency of new Set(parts.map(([each]) => each))) {
      const members = parts.flatMap(([each, amount], index) =>
        each === currency && amount ? [{ index, amount }] : [],
      );
      if (members.length === 0) continue;
      const rate = rateOf(currency);
      if (!rate) continue;
      const total = sum(members.map(({ amount }) => amount));
      const factor = multiply(rate.rate(total.n < 0n ? 'buy' : 'sell'), { n: 10n ** BigInt(scale), d: 1n });
      const exact = members.map(({ index, amount }) => ({ index, units: multiply(amount, factor) }));
      let left = roundHalfEven(multiply(total, factor));
      for (const { index, units } of exact) {
        results[index] = floor(units);
        left -= floor(units);
      }
      const byRemainder = [...exact].sort((a, b) => {
        const order = compare(remainder(b.units), remainder(a.units));
        return order === 0 ? a.index - b.index : order;
      });
      for (let i = 0; i < Number(left); i++) results[byRemainder[i]!.index]! += 1n;
    }
    return results;
  };

  const values = converted(
    quantities.map((quantity, i) => [currencies[i]!, prices[i] && multiply(quantity, prices[i].price)]),
  );
  const costs = converted(portfolio.positions.map(({ costBasis, currency }) => [currency, parse(costBasis)]));
  const dayChanges = converted(
    quantities.map((quantity, i) => {
      const previousClose = world.prices.get(portfolio.positions[i]!.symbol)?.previousClose;
      const isKnown = prices[i] && previousClose !== undefined;
      return [
        currencies[i]!,
        isKnown ? multiply(quantity, subtract(prices[i]!.price, parse(previousClose))) : null,
      ];
    }),
  );
  const cashParts = converted(portfolio.cash.map(([currency, amount]) => [currency, parse(amount)]));

  const marketValue = total(values);
  const costBasis = total(costs);
  const cash = total(cashParts);
  const unrealizedPnl = minus(marketValue, costBasis);
  const long = marketValue === null ? null : total(values.map((value) => (value! > 0n ? value! : 0n)));
  const short = marketValue === null ? null : total(values.map((value) => (value! < 0n ? value! : 0n)));
  const knownRows = values.flatMap((value, i) =>
    value !== null && costs[i] !== null ? [{ value, cost: costs[i]! }] : [],
  );
  const grossCost = total(costs.map((cost) => (cost === null ? null : size(cost))));
  const grossValue = values.reduce<bigint>((sumSoFar, value) => sumSoFar + size(value ?? 0n), 0n);
  const share = (counts: readonly boolean[]): string | null => {
    if (counts.length === 0) return '1.000000';
    if (grossCost === null) return null;
    const counted = counts.filter(Boolean).length;
    if (grossCost === 0n) return rounded({ n: BigInt(counted), d: BigInt(counts.length) }, 6);
    const covered = costs.reduce<bigint>(
      (sumSoFar, cost, i) => sumSoFar + (counts[i] ? size(cost!) : 0n),
      0n,
    );
    return rounded(divide({ n: covered, d: 1n }, { n: grossCost, d: 1n }), 6);
  };
  const money = (units: bigint | null): string | null => (units === null ? null : fixed(units, scale));
  const percent = (amount: bigint | null, of: bigint | null): string | null =>
    amount === null || of === null || of === 0n
      ? null
      : rounded(divide({ n: amount * 100n, d: 1n }, { n: of, d: 1n }), 4);

  const used = new Set([
    ...currencies.filter((_, i) => prices[i]),
    ...portfolio.positions.map(({ currency }) => currency),
    ...portfolio.cash.map(([currency]) => currency),
  ]);
  const legTimes = [...used].flatMap((currency) =>
    legs(rateOf(currency), world).map(({ timestamp }) => timestamp),
  );
  const priceTimes = prices.flatMap((price) => (price ? [price.asOf] : []));

  const equityRest = portfolio.accountKind === 'cash' ? marketValue : unrealizedPnl;
  return {
    portfolioId: portfolio.id,
    version: portfolio.version,
    accountKind: portfolio.accountKind,
    valuedAt: world.now,
    priceTime: Math.max(0, ...priceTimes, ...legTimes),
    currency: portfolio.currency,
    costBasis: money(costBasis),
    marketValue: money(marketValue),
    cash: money(cash),
    equity: money(cash === null || equityRest === null ? null : cash + equityRest),
    unrealizedPnl: money(unrealizedPnl),
    unrealizedPnlPct: percent(unrealizedPnl, grossCost),
    dayPnl: money(total(dayChanges)),
    longExposure: money(long),
    shortExposure: money(short),
    grossExposure: money(minus(long, short)),
    netExposure: money(marketValue),
    priced: {
      marketValue: fixed(
        values.reduce<bigint>((sumSoFar, value) => sumSoFar + (value ?? 0n), 0n),
        scale,
      ),
      costBasis: fixed(
        knownRows.reduce((sumSoFar, { cost }) => sumSoFar + cost, 0n),
        scale,
      ),
      unrealizedPnl: fixed(
        knownRows.reduce((sumSoFar, { value, cost }) => sumSoFar + value - cost, 0n),
        scale,
      ),
    },
    livePricedShare: share(prices.map((price) => price?.grade === 'live')),
    pricedShare: share(prices.map((price) => price !== null)),
    complete: marketValue !== null && costBasis !== null && cash !== null,
    unpriced: portfolio.positions.filter((_, i) => !prices[i]).map(({ symbol }) => symbol),
    unconverted: [...used].filter((currency) => !rateOf(currency)).sort(),
    positions: portfolio.positions.map((position, i) => {
      const price = prices[i]!;
      const rate = rateOf(price ? currencies[i]! : position.currency);
      const rateLegs = legs(rate, world);
      const pnl = minus(values[i]!, costs[i]!);
      return {
        symbol: position.symbol,
        quantity: shortest(quantities[i]!),
        price: price && {
          price: shortest(price.price),
          currency: currencies[i]!,
          kind: price.kind,
          source: world.source,
          asOf: price.asOf,
          ageMs: price.ageMs,
          grade: price.grade,
        },
        grade: price?.grade ?? 'missing',
        fx: rate && {
          path: rate.hops.flatMap(({ pair }) => (pair ? [pair.symbol] : [])),
          rate: shortest(parse(rounded(rate.rate('sell'), 12))),
          asOf: rateLegs.length > 0 ? Math.min(...rateLegs.map(({ timestamp }) => timestamp)) : null,
          ageMs:
            rateLegs.length > 0
              ? Math.max(0, world.now - Math.min(...rateLegs.map(({ receivedAt }) => receivedAt)))
              : null,
        },
        local: {
          costCurrency: position.currency,
          costBasis: shortest(parse(position.costBasis)),
          valueCurrency: price ? currencies[i]! : null,
          marketValue: price ? shortest(multiply(quantities[i]!, price.price)) : null,
        },
        costBasis: money(costs[i]!),
        marketValue: money(values[i]!),
        unrealizedPnl: money(pnl),
        unrealizedPnlPct: percent(pnl, costs[i] === null ? null : size(costs[i]!)),
        dayPnl: money(dayChanges[i]!),
        weight:
          values[i] === null || grossValue === 0n
            ? null
            : rounded(divide({ n: values[i]!, d: 1n }, { n: grossValue, d: 1n }), 6),
      };
    }),
  };
}

/** The totals that a settlement gives, out of the whole valuation. */
export function totals(valuation: OracleValuation): Record<string, unknown> {
  const { marketValue, priced, costBasis, unrealizedPnl, cash, equity, complete } = valuation;
  return {
    marketValue,
    priced: { marketValue: priced.marketValue },
    costBasis,
    unrealizedPnl,
    cash,
    equity,
    complete,
  };
}

interface Chosen {
  readonly price: Rational;
  readonly kind: string;
  readonly asOf: number;
  readonly ageMs: number;
  readonly grade: string;
}

function priceOf({ symbol, quantity }: OraclePosition, world: OracleWorld): Chosen | null {
  const quote = world.prices.get(symbol);
  if (!quote) return null;
  const ageMs = Math.max(0, world.now - quote.receivedAt);
  const state = quote.state ?? 'open';
  const grade =
    state === 'halted'
      ? 'halted'
      : state === 'closed'
        ? 'delayed'
        : ageMs > world.staleAfterMs
          ? 'stale'
          : state === 'delayed'
            ? 'delayed'
            : 'live';
  const rest = { asOf: quote.timestamp, ageMs, grade };
  const trades = state === 'open' || state === 'delayed';
  const [bid, ask] = [quote.bid, quote.ask].map((each) => (each === undefined ? null : parse(each)));
  if (world.pricePolicy === 'last' || !trades || !bid || !ask || compare(bid, ask) > 0) {
    return { price: parse(quote.last), kind: state === 'closed' ? 'close' : 'last', ...rest };
  }
  if (world.pricePolicy === 'mid') {
    return { price: divide(add(bid, ask), { n: 2n, d: 1n }), kind: 'mid', ...rest };
  }
  return quantity.startsWith('-')
    ? { price: ask, kind: 'ask', ...rest }
    : { price: bid, kind: 'bid', ...rest };
}

// All paths that visit no currency twice, and of these the shortest, the first in listing order among equals.
function findRate(from: string, to: string, world: OracleWorld): Rate | null {
  let best: readonly Hop[] | null = null;
  const walk = (at: string, visited: readonly string[], path: readonly Hop[]): void => {
    if (best && path.length >= best.length) return;
    if (at === to) {
      best = path;
      return;
    }
    for (const hop of hopsFrom(at, world)) {
      if (!visited.includes(hop.to)) walk(hop.to, [...visited, hop.to], [...path, hop]);
    }
  };
  walk(from, [from], []);
  if (!best) return null;
  const hops: readonly Hop[] = best;
  return { hops, rate: (side) => hops.reduce((product, hop) => multiply(product, hop.rate(side)), ONE) };
}

function hopsFrom(at: string, world: OracleWorld): Hop[] {
  const hops: Hop[] = [];
  for (const [minor, major] of MINOR_UNITS) {
    if (at === minor) hops.push({ to: major, pair: null, rate: () => divide(ONE, HUNDRED) });
    if (at === major) hops.push({ to: minor, pair: null, rate: () => HUNDRED });
  }
  for (const pair of world.pairs) {
    const quote = world.prices.get(pair.symbol);
    if (!quote || world.now - quote.receivedAt > world.fxMaxAgeMs) continue;
    const bid = parse((world.fxPolicy === 'sides' ? quote.bid : undefined) ?? quote.last);
    const ask = parse((world.fxPolicy === 'sides' ? quote.ask : undefined) ?? quote.last);
    // A holder of the base sells it at the bid, a debtor buys it at the ask; from the quote currency it is the reverse.
    if (at === pair.base) hops.push({ to: pair.quote, pair, rate: (side) => (side === 'sell' ? bid : ask) });
    if (at === pair.quote)
      hops.push({ to: pair.base, pair, rate: (side) => divide(ONE, side === 'sell' ? ask : bid) });
  }
  return hops;
}

function legs(rate: Rate | null, world: OracleWorld): OraclePrice[] {
  return (rate?.hops ?? []).flatMap(({ pair }) => (pair ? [world.prices.get(pair.symbol)!] : []));
}

function total(parts: ReadonlyArray<bigint | null>): bigint | null {
  let result = 0n;
  for (const part of parts) {
    if (part === null) return null;
    result += part;
  }
  return result;
}

function minus(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || b === null ? null : a - b;
}

function size(units: bigint): bigint {
  return units < 0n ? -units : units;
}

function remainder(units: Rational): Rational {
  return subtract(units, add(ZERO, { n: floor(units), d: 1n }));
}

/** Plain data; `null` is unknown. */
export interface OracleValuation {
  readonly portfolioId: string;
  readonly version: number;
  readonly accountKind: string;
  readonly valuedAt: number;
  readonly priceTime: number;
  readonly currency: string;
  readonly costBasis: string | null;
  readonly marketValue: string | null;
  readonly cash: string | null;
  readonly equity: string | null;
  readonly unrealizedPnl: string | null;
  readonly unrealizedPnlPct: string | null;
  readonly dayPnl: string | null;
  readonly longExposure: string | null;
  readonly shortExposure: string | null;
  readonly grossExposure: string | null;
  readonly netExposure: string | null;
  readonly priced: {
    readonly marketValue: string;
    readonly costBasis: string;
    readonly unrealizedPnl: string;
  };
  readonly livePricedShare: string | null;
  readonly pricedShare: string | null;
  readonly complete: boolean;
  readonly unpriced: readonly string[];
  readonly unconverted: readonly string[];
  readonly positions: ReadonlyArray<Record<string, unknown>>;
}
