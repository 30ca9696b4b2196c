/**
 * What a valuation must be, computed the plain way: every figure from scratch, as fractions, with no thought for speed.
 * It shares no code with the library. All amounts are strings.
 */
import {
  ZERO,
  absolute,
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

/** How the price of a symbol becomes money. */
export interface OracleInstrument {
  readonly symbol: string;
  readonly currency: string;
  readonly settlementCurrency?: string;
  readonly multiplier?: string;
  readonly quotation?: 'unit' | 'percent' | { readonly per: string };
  readonly valuationMethod?: 'premium' | 'futures';
  readonly inverse?: boolean;
}

export interface OraclePosition {
  readonly symbol: string;
  readonly quantity: string;
  /** `null`: unknown. Futures have an entry price instead. */
  readonly costBasis: string | null;
  readonly baseCost?: string;
  readonly entryPrice?: string;
  /** Of positions without instrument. */
  readonly currency: string;
}

export interface OraclePortfolio {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
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
  readonly instruments: ReadonlyMap<string, OracleInstrument>;
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
  const home = portfolio.currency;
  const scale = SCALES[home]!;
  const rates = new Map<string, Rate | null>();
  const rateOf = (currency: string): Rate | null => {
    if (!rates.has(currency)) rates.set(currency, findRate(currency, home, world));
    return rates.get(currency)!;
  };
  // Each part in units of the portfolio's money, exact.
  const inHome = (amount: Rational, currency: string): Known => {
    const rate = rateOf(currency);
    return rate && multiply(amount, rate.rate(amount.n < 0n ? 'buy' : 'sell'));
  };
  const money = (units: bigint | null): string | null => (units === null ? null : fixed(units, scale));
  const unit: Rational = { n: 10n ** BigInt(scale), d: 1n };

  // Rounds the sum of each group once, and shares it out by largest remainder.
  const rounding = (
    parts: ReadonlyArray<readonly [group: string, amount: Known]>,
    factor: (group: string, isDebt: boolean) => Known,
  ): Array<bigint | null> => {
    const results = parts.map((): bigint | null => null);
    for (const group of new Set(parts.map(([each]) => each))) {
      const members = parts.flatMap(([each, amount], index) =>
        each === group && amount ? [{ index, amount }] : [],
      );
      if (members.length === 0) continue;
      const total = sum(members.map(({ amount }) => amount));
      const rate = factor(group, total.n < 0n);
      if (!rate) continue;
      const perUnit = multiply(rate, unit);
      const exact = members.map(({ index, amount }) => ({ index, units: multiply(amount, perUnit) }));
      let left = roundHalfEven(multiply(total, perUnit));
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
  const converted = (parts: ReadonlyArray<readonly [string, Known]>) =>
    rounding(parts, (currency, isDebt) => rateOf(currency)?.rate(isDebt ? 'buy' : 'sell') ?? null);

  const rows = portfolio.positions.map((position) => rowOf(position, home, world));
  const values = converted(rows.map(({ currency, value }) => [currency, value]));
  const exposures = converted(rows.map(({ currency, exposure }) => [currency, exposure]));
  const costs = rounding(
    rows.map(({ settlement, baseCost }) => [settlement, baseCost]),
    () => ONE,
  );
  const costsNow = converted(
    rows.map(({ settlement, cost, isFutures }) => [settlement, isFutures ? null : cost]),
  );
  const cash = cashOf(portfolio);
  const cashParts = converted(cash);

  // Everything was held before the day began, so that its profit is value now less value at the previous close.
  const dayProfits = rows.map((row): Known => {
    const now = row.value && inHome(row.value, row.currency);
    const rate = row.valueThen && previousRate(row.currency, home);
    return now && rate ? subtract(now, multiply(row.valueThen!, rate)) : null;
  });
  const cashProfit = cash.reduce<Known>((total, [currency, amount]) => {
    if (amount.n === 0n) return total;
    const now = inHome(amount, currency);
    const rate = previousRate(currency, home);
    return total && now && rate ? add(total, subtract(now, multiply(amount, rate))) : null;
  }, ZERO);
  const days = rounding(
    [...dayProfits, cashProfit].map((profit): readonly [string, Known] => ['', profit]),
    () => ONE,
  );
  const cashDay = days[days.length - 1]!;

  const marketValue = total(values);
  const costBasis = total(costs);
  const cashTotal = total(cashParts);
  const unrealizedPnl = minus(marketValue, costBasis);
  const equity = cashTotal === null || marketValue === null ? null : cashTotal + marketValue;
  const long = total(exposures.map((each) => (each === null ? null : each > 0n ? each : 0n)));
  const short = total(exposures.map((each) => (each === null ? null : each < 0n ? each : 0n)));
  const gross = minus(long, short);
  const withCost = values.flatMap((value, i) =>
    value !== null && costs[i] !== null ? [{ value, cost: costs[i]! }] : [],
  );
  const grossCost = total(costs.map((cost) => (cost === null ? null : size(cost))));
  const grossExposure = exposures.reduce<bigint>((sumSoFar, each) => sumSoFar + size(each ?? 0n), 0n);
  const share = (counts: readonly boolean[]): string => {
    if (counts.length === 0) return '1.000000';
    const counted = counts.filter(Boolean).length;
    if (grossCost === null || grossCost === 0n)
      return rounded({ n: BigInt(counted), d: BigInt(counts.length) }, 6);
    const covered = costs.reduce<bigint>(
      (sumSoFar, cost, i) => sumSoFar + (counts[i] ? size(cost!) : 0n),
      0n,
    );
    return rounded(divide({ n: covered, d: 1n }, { n: grossCost, d: 1n }), 6);
  };
  const percent = (amount: Known, of: Known): string | null =>
    amount === null || of === null || of.n === 0n ? null : rounded(divide(multiply(amount, HUNDRED), of), 4);
  const exactProfits = rows.map(({ value, currency, baseCost }): Known => {
    const now = value && inHome(value, currency);
    return now && baseCost ? subtract(now, baseCost) : null;
  });
  const percentBases = rows.map(({ isFutures, entryWorth, settlement, baseCost }): Known =>
    isFutures ? entryWorth && inHome(absolute(entryWorth), settlement) : baseCost && absolute(baseCost),
  );
  const pricePnls = rows.map(({ isFutures }, i) => minus(values[i]!, isFutures ? costs[i]! : costsNow[i]!));
  const fxPnls = rows.map(({ isFutures }, i) => (isFutures ? 0n : minus(costsNow[i]!, costs[i]!)));
  const isCashHome = cash.every(([currency]) => fixedRate(currency, home) !== null);
  const contributed = rows.reduce<Known>(
    (sumSoFar, { baseCost }) => (sumSoFar && baseCost ? add(sumSoFar, baseCost) : null),
    isCashHome ? sum(cash.map(([currency, amount]) => multiply(amount, fixedRate(currency, home)!))) : null,
  );
  const netContributions = contributed && rounded(contributed, scale);
  const cashFx = isCashHome ? 0n : null;
  const dayPnl = total(days);
  const dayBase = equity === null || dayPnl === null ? null : equity - dayPnl;

  const used = new Set([
    ...rows.filter(({ value }) => value).map(({ currency }) => currency),
    ...rows.filter(({ isFutures, cost }) => !isFutures && cost).map(({ settlement }) => settlement),
    ...rows.filter(({ price, value }) => !price || !value).map(({ currency }) => currency),
    ...rows
      .filter(({ isFutures, entryWorth }) => isFutures && entryWorth)
      .map(({ settlement }) => settlement),
    ...cash.map(([currency]) => currency),
  ]);
  const legTimes = [...used].flatMap((currency) =>
    legs(rateOf(currency), world).map(({ timestamp }) => timestamp),
  );
  const priceTimes = rows.flatMap(({ price }) => (price ? [price.asOf] : []));
  const zero = money(0n);
  return {
    portfolioId: portfolio.id,
    version: portfolio.version,
    valuedAt: world.now,
    priceTime: Math.max(0, ...priceTimes, ...legTimes),
    currency: home,
    marketValue: money(marketValue),
    accruedInterest: values.some((value) => value === null) ? null : zero,
    cash: money(cashTotal),
    unsettledCash: cashTotal === null ? null : zero,
    equity: money(equity),
    costBasis: money(costBasis),
    unrealizedPnl: money(unrealizedPnl),
    unrealizedPnlPct: percent(known(exactProfits), known(percentBases)),
    pricePnl: money(total(pricePnls)),
    fxPnl: money(total(fxPnls)),
    realizedPnl: zero,
    income: zero,
    fees: zero,
    taxes: zero,
    expenses: zero,
    cashFxPnl: money(cashFx),
    netContributions,
    totalPnl: money(unrealizedPnl === null || cashFx === null ? null : unrealizedPnl),
    dayPnl: money(dayPnl),
    dayPnlPct:
      dayBase === null || dayBase <= 0n ? null : percent({ n: dayPnl!, d: 1n }, { n: dayBase, d: 1n }),
    cashDayPnl: money(cashDay),
    longExposure: money(long),
    shortExposure: money(short),
    grossExposure: money(gross),
    netExposure: money(long === null || short === null ? null : long + short),
    leverage:
      gross === null || equity === null || equity <= 0n
        ? null
        : rounded(divide({ n: gross, d: 1n }, { n: equity, d: 1n }), 4),
    priced: {
      marketValue: fixed(
        values.reduce<bigint>((sumSoFar, value) => sumSoFar + (value ?? 0n), 0n),
        scale,
      ),
      costBasis: fixed(
        withCost.reduce((sumSoFar, { cost }) => sumSoFar + cost, 0n),
        scale,
      ),
      unrealizedPnl: fixed(
        withCost.reduce((sumSoFar, { value, cost }) => sumSoFar + value - cost, 0n),
        scale,
      ),
      realizedPnl: fixed(0n, scale),
    },
    livePricedShare: share(rows.map(({ price }) => price?.grade === 'live')),
    pricedShare: share(rows.map(({ price }) => price !== null)),
    complete: marketValue !== null && cashTotal !== null,
    unpriced: portfolio.positions.filter((_, i) => !rows[i]!.price).map(({ symbol }) => symbol),
    unconverted: [...used].filter((currency) => !rateOf(currency)).sort(),
    unknownCost: portfolio.positions.filter((_, i) => !rows[i]!.baseCost).map(({ symbol }) => symbol),
    closed: [],
    cashBalances: cash.map(([currency, amount], i) => ({
      currency,
      balance: shortest(amount),
      settledCash: shortest(amount),
      value: money(cashParts[i]!),
    })),
    positions: portfolio.positions.map((position, i) => {
      const row = rows[i]!;
      const { price, cost, settlement, currency, value, isFutures, entryWorth, instrument } = row;
      const rate = rateOf(currency);
      const rateLegs = legs(rate, world);
      const pnl = minus(values[i]!, costs[i]!);
      const isSame = currency === settlement;
      const entry = entryWorth && priceFor(instrument, row.quantity, entryWorth);
      const even = isFutures ? entry : cost && priceFor(instrument, row.quantity, cost);
      return {
        symbol: position.symbol,
        quantity: shortest(row.quantity),
        price: price && {
          price: shortest(price.price),
          currency: price.currency,
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
          currency,
          costBasis: isSame ? shown(cost) : null,
          marketValue: shown(value),
          exposure: shown(row.exposure),
          accruedInterest: value && '0',
          unrealizedPnl: isSame ? shown(value && cost && subtract(value, cost)) : null,
          realizedPnl: isSame ? '0' : null,
        },
        averageEntryPrice: shown(entry),
        breakEvenPrice: shown(even),
        costBasis: money(costs[i]!),
        marketValue: money(values[i]!),
        exposure: money(exposures[i]!),
        accruedInterest: values[i] === null ? null : zero,
        unrealizedPnl: money(pnl),
        unrealizedPnlPct: percent(exactProfits[i]!, percentBases[i]!),
        pricePnl: money(pricePnls[i]!),
        fxPnl: money(fxPnls[i]!),
        realizedPnl: zero,
        realizedPricePnl: zero,
        realizedFxPnl: zero,
        income: zero,
        expenses: zero,
        totalPnl: money(pnl),
        dayPnl: money(days[i]!),
        weight:
          exposures[i] === null || grossExposure === 0n
            ? null
            : rounded(divide({ n: exposures[i]!, d: 1n }, { n: grossExposure, d: 1n }), 6),
      };
    }),
  };
}

interface Row {
  readonly instrument: OracleInstrument;
  readonly quantity: Rational;
  readonly price: Chosen | null;
  /** Of value and exposure. */
  readonly currency: string;
  /** Of cost. */
  readonly settlement: string;
  readonly value: Known;
  readonly exposure: Known;
  readonly cost: Known;
  readonly baseCost: Known;
  readonly entryWorth: Known;
  /** In the settlement currency; `null` without a previous close. */
  readonly valueThen: Known;
  readonly isFutures: boolean;
}

function rowOf(position: OraclePosition, home: string, world: OracleWorld): Row {
  const listed = world.instruments.get(position.symbol);
  const instrument: OracleInstrument = listed ?? { symbol: position.symbol, currency: position.currency };
  const settlement = instrument.settlementCurrency ?? major(instrument.currency);
  const isFutures = instrument.valuationMethod === 'futures';
  const quantity = parse(position.quantity);
  const quote = world.prices.get(position.symbol);
  const quoted = quote?.currency ?? instrument.currency;
  const isPlain = !isFutures && worthOfOne(instrument) !== null && isPlainEquity(instrument);
  const ratio = fixedRate(quoted, instrument.currency);
  const entryWorth =
    position.entryPrice !== undefined
      ? worth(instrument, quantity, parse(position.entryPrice), ONE)
      : position.costBasis === null
        ? null
        : parse(position.costBasis);
  const settled = isFutures ? roundedWorth(instrument, entryWorth!) : ZERO;
  const isUsable = ratio !== null || isPlain;
  const found = isUsable ? priceOf(position, quoted, world) : null;
  const price = found && instrument.inverse && found.price.n <= 0n ? null : found;
  const isForeign = ratio === null;
  const at = (text: Rational): Known => {
    if (!isUsable) return null;
    if (isForeign) return multiply(multiply(quantity, text), fixedRate(quoted, major(quoted))!);
    const now = multiply(text, ratio);
    if (instrument.inverse && now.n <= 0n) return null;
    return worth(instrument, quantity, now, ONE);
  };
  const worthNow = price && at(price.price);
  const close = quote?.previousClose;
  const worthThen = close === undefined ? null : at(parse(close));
  const valueCurrency = isUsable && isForeign ? major(quoted) : settlement;
  const cost = isFutures ? ZERO : position.costBasis === null ? null : parse(position.costBasis);
  const fixed = isFutures ? ONE : fixedRate(settlement, home);
  return {
    instrument,
    quantity,
    price,
    currency: worthNow ? valueCurrency : settlement,
    settlement,
    value: worthNow && subtract(worthNow, settled),
    exposure: worthNow && (instrument.inverse ? subtract(ZERO, worthNow) : worthNow),
    cost,
    baseCost:
      position.baseCost !== undefined
        ? parse(position.baseCost)
        : cost && fixed
          ? multiply(cost, fixed)
          : null,
    entryWorth: entryWorth && isFutures ? settled : entryWorth,
    valueThen: worthThen && subtract(worthThen, settled),
    isFutures,
  };
}

// Worth of one unit at a price of 1 in the settlement currency.
function worthOfOne({
  multiplier = '1',
  quotation = 'unit',
  currency,
  settlementCurrency,
}: OracleInstrument): Rational {
  const divisor = quotation === 'unit' ? ONE : quotation === 'percent' ? HUNDRED : parse(quotation.per);
  const isMinor = currency !== major(currency) && (settlementCurrency ?? major(currency)) === major(currency);
  return divide(divide(parse(multiplier), divisor), isMinor ? HUNDRED : ONE);
}

function worth(instrument: OracleInstrument, quantity: Rational, price: Rational, ratio: Rational): Rational {
  if (instrument.inverse)
    return subtract(
      ZERO,
      divide(multiply(quantity, parse(instrument.multiplier ?? '1')), multiply(price, ratio)),
    );
  return multiply(multiply(quantity, worthOfOne(instrument)), multiply(price, ratio));
}

// What is recorded of the worth of an inverse contract is rounded to 36 digits after the point.
function roundedWorth({ inverse }: OracleInstrument, amount: Rational): Rational {
  return inverse ? parse(rounded(amount, 36)) : amount;
}

function priceFor(instrument: OracleInstrument, quantity: Rational, amount: Rational): Known {
  if (amount.n === 0n) return ZERO;
  if (instrument.inverse)
    return subtract(ZERO, divide(multiply(quantity, parse(instrument.multiplier ?? '1')), amount));
  return divide(amount, multiply(quantity, worthOfOne(instrument)));
}

function isPlainEquity({
  multiplier = '1',
  quotation = 'unit',
  currency,
  settlementCurrency,
}: OracleInstrument): boolean {
  return (
    multiplier === '1' && quotation === 'unit' && (settlementCurrency ?? major(currency)) === major(currency)
  );
}

// Rates of the previous day are known between units of one currency only: pairs have no previous close here.
function previousRate(from: string, to: string): Known {
  return fixedRate(from, to);
}

function fixedRate(from: string, to: string): Known {
  if (major(from) !== major(to)) return null;
  return divide(
    from === major(from) ? ONE : divide(ONE, HUNDRED),
    to === major(to) ? ONE : divide(ONE, HUNDRED),
  );
}

function major(currency: string): string {
  return MINOR_UNITS.find(([minor]) => minor === currency)?.[1] ?? currency;
}

// Cash by currency, pence in pounds, without amounts of 0.
function cashOf({ cash }: OraclePortfolio): Array<readonly [currency: string, amount: Rational]> {
  const sums = new Map<string, Rational>();
  for (const [currency, text] of cash) {
    const amount = multiply(parse(text), currency === major(currency) ? ONE : divide(ONE, HUNDRED));
    if (amount.n !== 0n) sums.set(major(currency), add(sums.get(major(currency)) ?? ZERO, amount));
  }
  return [...sums];
}

function known(parts: readonly Known[]): Known {
  return parts.every((part) => part !== null) ? sum(parts) : null;
}

function shown(amount: Known): string | null {
  if (!amount) return null;
  const ends = 10n ** 120n % amount.d === 0n;
  return shortest(ends ? amount : parse(rounded(amount, 18)));
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
  readonly currency: string;
  readonly kind: string;
  readonly asOf: number;
  readonly ageMs: number;
  readonly grade: string;
}

function priceOf({ symbol, quantity }: OraclePosition, currency: string, world: OracleWorld): Chosen | null {
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
  const rest = { currency, asOf: quote.timestamp, ageMs, grade };
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
  readonly marketValue: string | null;
  readonly costBasis: string | null;
  readonly unrealizedPnl: string | null;
  readonly cash: string | null;
  readonly equity: string | null;
  readonly complete: boolean;
  readonly priced: Readonly<Record<string, string>>;
  readonly positions: ReadonlyArray<Record<string, unknown>>;
  readonly [figure: string]: unknown;
}
