/**
 * What a valuation must be, computed the plain way: every figure from scratch, as fractions, with no thought for speed.
 * It shares no code with the library. All amounts are strings.
 */
import { startOfDay, type OracleDay } from './day-oracle.js';
import { findRate, recentClose, legs, type OracleRate, type OracleRates } from './fx-oracle.js';
import {
  HUNDRED,
  ONE,
  SCALES,
  fixedRate,
  isFuturesStyle,
  priceFor,
  quotationIn,
  recordedWorth,
  settlementOf,
  type Known,
  type OracleInstrument,
  type Quotation,
} from './instrument-oracle.js';
import { OracleAccount, overLots, quantityOf, settledOf, type OracleHolding } from './ledger-oracle.js';
import { plus, type OracleSum } from './lot-oracle.js';
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

export interface OracleWorld extends OracleRates {
  /** What the book lists; it goes before what a portfolio knows. */
  readonly instruments: ReadonlyMap<string, OracleInstrument>;
  readonly pricePolicy: 'last' | 'exit' | 'mid';
  readonly staleAfterMs: number;
  readonly source: string;
}

const DAY_MS = 86_400_000;

/** The valuation of holdings as they stand. */
export function valuation(portfolio: OraclePortfolio, world: OracleWorld): OracleValuation {
  return valuationOf(portfolio, accountOf(portfolio, world), world);
}

/** The whole valuation as plain data, in the shape that `PortfolioValuation` has as JSON. */
export function valuationOf(
  portfolio: Pick<OraclePortfolio, 'id' | 'version' | 'currency'>,
  account: OracleAccount,
  world: OracleWorld,
): OracleValuation {
  const home = portfolio.currency;
  const scale = SCALES[home]!;
  const rates = new Map<string, OracleRate | null>();
  const rateOf = (currency: string): OracleRate | null => {
    if (!rates.has(currency)) rates.set(currency, findRate(currency, home, world));
    return rates.get(currency)!;
  };
  const inHome = (amount: Rational, currency: string): Known => {
    const rate = rateOf(currency);
    return rate && multiply(amount, rate.rate(amount.n < 0n ? 'buy' : 'sell'));
  };
  // Exact, each at the rate for the sign of the sum of its currency.
  const inHomeTogether = (parts: ReadonlyArray<readonly [currency: string, amount: Known]>): Known[] =>
    parts.map(([currency, amount]) => {
      const all = sum(parts.flatMap(([each, other]) => (each === currency && other ? [other] : [])));
      const rate = rateOf(currency);
      return amount && rate && multiply(amount, rate.rate(all.n < 0n ? 'buy' : 'sell'));
    });
  const money = (units: bigint | null): string | null => (units === null ? null : fixed(units, scale));
  const unit: Rational = { n: 10n ** BigInt(scale), d: 1n };

  // Shares a rounded sum out among its exact parts by largest remainder.
  const shareOut = (
    sumOfParts: bigint,
    parts: ReadonlyArray<{ readonly index: number; readonly units: Rational }>,
    results: Array<bigint | null>,
  ): void => {
    let left = sumOfParts;
    for (const { index, units } of parts) {
      results[index] = floor(units);
      left -= floor(units);
    }
    const byRemainder = [...parts].sort((a, b) => {
      const order = compare(remainder(b.units), remainder(a.units));
      return order === 0 ? a.index - b.index : order;
    });
    for (let i = 0; i < Number(left); i++) results[byRemainder[i]!.index]! += 1n;
  };

  // Rounds the sum of each group once, and shares it out.
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
      shareOut(roundHalfEven(multiply(total, perUnit)), exact, results);
    }
    return results;
  };

  const converted = (parts: ReadonlyArray<readonly [string, Known]>) =>
    rounding(parts, (currency, isDebt) => rateOf(currency)?.rate(isDebt ? 'buy' : 'sell') ?? null);

  const holdings = [...account.holdings.values()];
  const open = holdings.filter(({ lots }) => lots.length > 0);
  const closed = holdings.filter(({ lots, wasHeld }) => lots.length === 0 && wasHeld);
  const rows = open.map((holding) => rowOf(holding, world));
  const exactValues = inHomeTogether(rows.map(({ currency, value }) => [currency, value]));
  const exactInterests = inHomeTogether(rows.map(({ currency, interest }) => [currency, interest]));
  const values = converted(rows.map(({ currency, value }) => [currency, value]));
  const exposures = converted(rows.map(({ currency, exposure }) => [currency, exposure]));
  // Those of a currency are rounded together; of equal remainders, the long side comes first.
  const homeExposures = inHomeTogether(rows.map(({ currency, exposure }) => [currency, exposure]));
  const sideOf = (currency: string, isShort: boolean): readonly [string, Known] => [
    currency,
    sum(
      homeExposures.flatMap((each, i) =>
        each && rows[i]!.currency === currency && each.n < 0n === isShort ? [each] : [],
      ),
    ),
  ];
  const sides = rounding(
    [...new Set(rows.map(({ currency }) => currency))].flatMap((currency) => [
      sideOf(currency, false),
      sideOf(currency, true),
    ]),
    () => ONE,
  );
  const sideTotal = (isShort: boolean): bigint | null =>
    exposures.includes(null)
      ? null
      : sides.reduce<bigint>((all, each, at) => (at % 2 === Number(isShort) ? all + each! : all), 0n);
  const interests = converted(rows.map(({ currency, interest }) => [currency, interest]));
  const costs = rounding(
    rows.map(({ settlement, baseCost }) => [settlement, baseCost]),
    () => ONE,
  );
  const costsNow = converted(
    rows.map(({ settlement, cost, isFutures }) => [settlement, isFutures ? null : cost]),
  );
  const sums = (of: (holding: OracleHolding) => OracleSum) =>
    rounding(
      [...open, ...closed].map((holding) => ['', whole(of(holding))]),
      () => ONE,
    );
  const realized = sums((holding) => holding.realized);
  const realizedFx = sums((holding) => holding.realizedFx);
  const incomes = sums((holding) => holding.income);
  const expenses = sums((holding) => holding.expenses);
  const cash = [...account.cash].map(([currency, { moves }]) => {
    const balance = sum(moves.map(({ amount }) => amount));
    const unsettled = moves.filter(({ settlesAt = 0 }) => settlesAt > world.now);
    return { currency, moves, balance, unsettled: sum(unsettled.map(({ amount }) => amount)) };
  });
  const cashParts = converted(cash.map(({ currency, balance }) => [currency, balance]));
  const unsettledParts = converted(cash.map(({ currency, unsettled }) => [currency, unsettled]));

  const dayStart = Math.floor(world.now / DAY_MS) * DAY_MS;
  const day: OracleDay = {
    closeOf: (symbol) => {
      const quote = world.prices.get(symbol);
      const price = quote && recentClose(quote, world.now);
      return {
        price: price ?? null,
        accrued: quote?.previousAccrued ?? null,
        at: price === undefined ? dayStart : (quote?.previousCloseAt ?? dayStart),
        currency: quote?.currency,
      };
    },
    rate: (currency) => findRate(currency, home, world, true)?.rate('sell') ?? null,
  };
  const dayProfit = (holding: OracleHolding, instrument: OracleInstrument, now: Known): Known => {
    const start = startOfDay(holding, day, instrument);
    return now && start.value && start.cash && add(subtract(now, start.value), start.cash);
  };
  const dayProfits = [
    ...rows.map(({ holding, instrument }, i) => {
      const value = exactValues[i]!;
      return dayProfit(holding, instrument, value && add(value, exactInterests[i]!));
    }),
    ...closed.map((holding) => dayProfit(holding, holding.instrument, ZERO)),
  ];
  // Balance now, less what was there when the day began and less what came since, each at its own rate.
  const cashProfit = cash.reduce<Known>((total, { currency, moves, balance }) => {
    const since = moves.filter(({ at }) => at > dayStart);
    const before = subtract(balance, sum(since.map(({ amount }) => amount)));
    const now = balance.n === 0n ? ZERO : inHome(balance, currency);
    const rate = before.n === 0n ? ZERO : day.rate(currency);
    const moved = known(since.map(({ base }) => base));
    return (
      total && now && rate && moved && add(total, subtract(subtract(now, multiply(before, rate)), moved))
    );
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
  const interest = total(interests);
  const equity =
    cashTotal === null || marketValue === null || interest === null
      ? null
      : cashTotal + marketValue + interest;
  const long = sideTotal(false);
  const short = sideTotal(true);
  const gross = minus(long, short);
  const withCost = values.flatMap((value, i) =>
    value !== null && costs[i] !== null ? [{ value, cost: costs[i]! }] : [],
  );
  const grossCost = total(costs.map((cost) => (cost === null ? null : size(cost))));
  const grossExposure = total(exposures.map((each) => (each === null ? null : size(each))));
  const share = (counts: readonly boolean[]): string => {
    if (counts.length === 0) return '1.000000';
    const counted = counts.filter(Boolean).length;
    if (grossCost === null || grossCost === 0n)
      return rounded({ n: BigInt(counted), d: BigInt(counts.length) }, 6);
    const covered = costs.reduce<bigint>(
      (sumSoFar, cost, i) => sumSoFar + (counts[i] ? size(cost!) : 0n),
      0n,
    );
    const part = rounded(divide({ n: covered, d: 1n }, { n: grossCost, d: 1n }), 6);
    // 1 says that every row counts.
    return counted < counts.length && part === '1.000000' ? '0.999999' : part;
  };
  const percent = (amount: Known, of: Known): string | null =>
    amount === null || of === null || of.n === 0n ? null : rounded(divide(multiply(amount, HUNDRED), of), 4);
  const changeOf = (symbol: string, price: Known): string | null => {
    const quote = world.prices.get(symbol);
    const text = quote && recentClose(quote, world.now);
    const close = text === undefined ? null : parse(text);
    return price && close && percent(subtract(price, close), absolute(close));
  };
  const exactProfits = rows.map(({ baseCost }, i): Known => {
    const now = exactValues[i]!;
    return now && baseCost ? subtract(now, baseCost) : null;
  });
  const percentBases = rows.map(({ isFutures, entryWorth, settlement, baseCost }): Known =>
    isFutures ? entryWorth && inHome(absolute(entryWorth), settlement) : baseCost && absolute(baseCost),
  );
  const pricePnls = rows.map(({ isFutures }, i) => minus(values[i]!, isFutures ? costs[i]! : costsNow[i]!));
  const fxPnls = rows.map(({ isFutures }, i) => (isFutures ? 0n : minus(costsNow[i]!, costs[i]!)));
  // What foreign cash is worth, less what its moves were worth at the rates of their entries.
  const cashFx = cash.reduce<Known>((total, { currency, moves, balance }) => {
    if (currency === home) return total;
    const now = balance.n === 0n ? ZERO : inHome(balance, currency);
    const moved = known(moves.map(({ base }) => base));
    return total && now && moved && add(total, subtract(now, moved));
  }, ZERO);
  const atHome = (amount: Known): string | null => amount && rounded(amount, scale);
  const unitsOf = (amount: Known): bigint | null => amount && roundHalfEven(multiply(amount, unit));
  const realizedTotal = known([...open, ...closed].map((holding) => whole(holding.realized)));
  const earned = [unitsOf(realizedTotal), unrealizedPnl, unitsOf(whole(account.income)), unitsOf(cashFx)];
  const dayPnl = total(days);
  const dayBase = equity === null || dayPnl === null ? null : equity - dayPnl;

  const used = new Set([
    ...rows.filter(({ value }) => value).map(({ currency }) => currency),
    ...rows.filter(({ isFutures, cost }) => !isFutures && cost).map(({ settlement }) => settlement),
    ...rows.filter(({ price, value }) => !price || !value).map(({ currency }) => currency),
    ...rows
      .filter(({ isFutures, entryWorth }) => isFutures && entryWorth)
      .map(({ settlement }) => settlement),
    ...cash.map(({ currency }) => currency),
  ]);
  const legTimes = [...used].flatMap((currency) =>
    legs(rateOf(currency), world).map(({ timestamp }) => timestamp),
  );
  const priceTimes = rows.flatMap(({ price }) => (price ? [price.asOf] : []));
  return {
    portfolioId: portfolio.id,
    version: portfolio.version,
    valuedAt: world.now,
    priceTime: Math.max(0, ...priceTimes, ...legTimes),
    currency: home,
    marketValue: money(marketValue),
    accruedInterest: money(interest),
    cash: money(cashTotal),
    unsettledCash: money(total(unsettledParts)),
    equity: money(equity),
    costBasis: money(costBasis),
    unrealizedPnl: money(unrealizedPnl),
    unrealizedPnlPct: percent(known(exactProfits), known(percentBases)),
    pricePnl: money(total(pricePnls)),
    fxPnl: money(total(fxPnls)),
    realizedPnl: atHome(realizedTotal),
    income: atHome(whole(account.income)),
    fees: atHome(whole(account.fees)),
    taxes: atHome(whole(account.taxes)),
    expenses: atHome(whole(account.expenses)),
    cashFxPnl: atHome(cashFx),
    netContributions: atHome(whole(account.netContributions)),
    totalPnl: money(minus(total(earned), unitsOf(whole(account.expenses)))),
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
      realizedPnl: rounded(sum([...open, ...closed].map((holding) => holding.realized.known)), scale),
    },
    livePricedShare: share(rows.map(({ price }) => price?.grade === 'live')),
    pricedShare: share(rows.map(({ price }) => price !== null)),
    complete: marketValue !== null && cashTotal !== null && interest !== null,
    unpriced: rows.filter(({ price }) => !price).map(({ instrument }) => instrument.symbol),
    unconverted: [...used].filter((currency) => !rateOf(currency)).sort(),
    unknownCost: rows.filter(({ baseCost }) => !baseCost).map(({ instrument }) => instrument.symbol),
    closed: closed.map((holding, index) => {
      const i = open.length + index;
      return {
        symbol: holding.instrument.symbol,
        local: {
          currency: settlementOf(holding.instrument),
          realizedPnl: shown(whole(holding.realizedLocal)),
        },
        realizedPnl: money(realized[i]!),
        realizedPricePnl: money(minus(realized[i]!, realizedFx[i]!)),
        realizedFxPnl: money(realizedFx[i]!),
        income: money(incomes[i]!),
        expenses: money(expenses[i]!),
        dayPnl: money(days[i]!),
        session: null,
      };
    }),
    cashBalances: cash.map(({ currency, balance, unsettled }, i) => ({
      currency,
      balance: shortest(balance),
      settledCash: shortest(subtract(balance, unsettled)),
      value: money(cashParts[i]!),
    })),
    positions: rows.map((row, i) => {
      const { price, cost, settlement, currency, value, isFutures, entryWorth, instrument } = row;
      const rate = rateOf(currency);
      const rateLegs = legs(rate, world);
      const pnl = minus(values[i]!, costs[i]!);
      const isSame = currency === settlement;
      const entry = entryWorth && priceFor(instrument, row.quantity, entryWorth);
      const even = isFutures ? entry : cost && priceFor(instrument, row.quantity, cost);
      return {
        symbol: instrument.symbol,
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
          accruedInterest: shown(row.interest),
          unrealizedPnl: isSame ? shown(value && cost && subtract(value, cost)) : null,
          realizedPnl: isSame ? shown(whole(row.holding.realizedLocal)) : null,
        },
        averageEntryPrice: shown(entry),
        breakEvenPrice: shown(even),
        costBasis: money(costs[i]!),
        marketValue: money(values[i]!),
        exposure: money(exposures[i]!),
        accruedInterest: money(interests[i]!),
        unrealizedPnl: money(pnl),
        unrealizedPnlPct: percent(exactProfits[i]!, percentBases[i]!),
        pricePnl: money(pricePnls[i]!),
        fxPnl: money(fxPnls[i]!),
        realizedPnl: money(realized[i]!),
        realizedPricePnl: money(minus(realized[i]!, realizedFx[i]!)),
        realizedFxPnl: money(realizedFx[i]!),
        income: money(incomes[i]!),
        expenses: money(expenses[i]!),
        totalPnl: money(minus(total([realized[i]!, pnl, incomes[i]!]), expenses[i]!)),
        dayPnl: money(days[i]!),
        dayChangePct: changeOf(instrument.symbol, price?.price ?? null),
        session: null,
        weight:
          exposures[i] === null || grossExposure === null || grossExposure === 0n
            ? null
            : rounded(divide({ n: exposures[i]!, d: 1n }, { n: grossExposure, d: 1n }), 6),
      };
    }),
  };
}

interface Row {
  readonly holding: OracleHolding;
  readonly instrument: OracleInstrument;
  readonly quantity: Rational;
  readonly price: Chosen | null;
  /** Of value and exposure. */
  readonly currency: string;
  /** Of cost. */
  readonly settlement: string;
  readonly value: Known;
  readonly exposure: Known;
  /** Accrued interest. */
  readonly interest: Known;
  readonly cost: Known;
  readonly baseCost: Known;
  readonly entryWorth: Known;
  readonly isFutures: boolean;
}

function rowOf(holding: OracleHolding, world: OracleWorld): Row {
  const { symbol } = holding.instrument;
  const instrument = world.instruments.get(symbol) ?? holding.instrument;
  const isFutures = isFuturesStyle(instrument);
  const quantity = quantityOf(holding);
  const quote = world.prices.get(symbol);
  const priceCurrency = quote?.currency ?? instrument.currency;
  const quotation = quotationIn(instrument, priceCurrency);
  const found = quotation && priceOf(symbol, quantity, priceCurrency, world);
  const worth = found && quotation.worthAt(quantity, found.price);
  const settlement = settlementOf(instrument);
  const interest = quote?.accrued === undefined ? ZERO : interestOf(quotation, quantity, quote.accrued);
  return {
    holding,
    instrument,
    quantity,
    price: worth && found,
    currency: worth ? quotation!.currency : settlement,
    settlement,
    value: worth && (isFutures ? subtract(worth, settledOf(holding)) : worth),
    exposure: worth && (instrument.inverse ? subtract(ZERO, worth) : worth),
    interest: worth && interest,
    cost: overLots(holding, ({ cost }) => cost),
    baseCost: overLots(holding, ({ baseCost }) => baseCost),
    entryWorth: overLots(holding, ({ entryWorth }) => entryWorth),
    isFutures,
  };
}

function interestOf(quotation: Quotation | null, quantity: Rational, accrued: string): Known {
  return quotation && quotation.amountOf(quantity, parse(accrued));
}

// Holdings as they stand, of which nothing else is known.
function accountOf({ currency: home, positions, cash }: OraclePortfolio, world: OracleWorld): OracleAccount {
  const terms = { currency: home, costMethod: 'average', instruments: world.instruments } as const;
  const account = new OracleAccount(terms);
  for (const { symbol, quantity: text, costBasis, baseCost, entryPrice, currency } of positions) {
    const holding = account.opened(symbol, currency);
    const { instrument } = holding;
    const quantity = parse(text);
    const entered = costBasis === null ? null : parse(costBasis);
    const entryWorth =
      entryPrice === undefined ? entered : recordedWorth(instrument, quantity, parse(entryPrice));
    const isFutures = isFuturesStyle(instrument);
    const cost = isFutures ? ZERO : entered;
    const fixed = isFutures ? ONE : fixedRate(settlementOf(instrument), home);
    const base = baseCost === undefined ? cost && fixed && multiply(cost, fixed) : parse(baseCost);
    holding.wasHeld = true;
    holding.lots = [
      {
        acquiredAt: 0,
        quantity,
        cost,
        baseCost: base,
        entryWorth,
        settledWorth: isFutures ? entryWorth! : ZERO,
      },
    ];
    account.netContributions = plus(account.netContributions, base);
  }
  for (const [currency, text] of cash) {
    const amount = parse(text);
    if (amount.n === 0n) continue;
    const rate = fixedRate(currency, home);
    const base = rate && multiply(amount, rate);
    account.addCash(currency, { at: 0, amount, base });
    account.netContributions = plus(account.netContributions, base);
  }
  return account;
}

const whole = ({ known: amount, hasUnknown }: OracleSum): Known => (hasUnknown ? null : amount);

function known(parts: readonly Known[]): Known {
  return parts.every((part) => part !== null) ? sum(parts) : null;
}

function shown(amount: Known): string | null {
  if (!amount) return null;
  const ends = 10n ** 96n % amount.d === 0n;
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

function priceOf(symbol: string, quantity: Rational, currency: string, world: OracleWorld): Chosen | null {
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
  return quantity.n < 0n ? { price: ask, kind: 'ask', ...rest } : { price: bid, kind: 'bid', ...rest };
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
