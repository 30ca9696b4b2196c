import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { exitPrice, lastPrice, midPrice } from '../../src/core/book/price-policy.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { Dice } from './dice.js';
import type { OraclePair, OraclePrice } from './fx-oracle.js';
import type { OracleInstrument } from './instrument-oracle.js';
import type { OraclePortfolio, OraclePosition, OracleWorld } from './valuation-oracle.js';

const NOW = 1_700_000_000_000;
const MAX_PRICE = BigInt(Number.MAX_SAFE_INTEGER);
const MAJORS = ['USD', 'EUR', 'GBP', 'JPY', 'ZAR', 'ILS', 'CHF', 'KWD', 'BTC'];
const MINORS: Readonly<Record<string, string>> = { GBP: 'GBp', ZAR: 'ZAc', ILS: 'ILA' };
const PAIRS = [
  'EUR/USD',
  'GBP/USD',
  'USD/JPY',
  'USD/ZAR',
  'USD/ILS',
  'EUR/GBP',
  'EUR/CHF',
  'USD/KWD',
  'BTC/USD',
  'EUR/JPY',
  'CHF/JPY',
];
const STATES = ['closed', 'halted', 'delayed'] as const;
const POLICIES = { last: lastPrice, exit: exitPrice, mid: midPrice };

/** A market and the portfolios that live in it. */
export interface World extends OracleWorld {
  readonly portfolios: readonly OraclePortfolio[];
}

/** A market of a dozen symbols in three currencies, with gaps, and the given number of portfolios. */
export function randomWorld(dice: Dice, portfolios: number): World {
  const majors = dice.some(MAJORS, 3);
  const currencies = [...majors, ...majors.flatMap((code) => MINORS[code] ?? [])];
  const symbols = Array.from({ length: 12 }, (_, i) => `S${i}`);
  const pairs = dice.some(PAIRS, dice.between(2, 6)).map((symbol): OraclePair => {
    const [base, quote] = symbol.split('/') as [string, string];
    return { symbol, base, quote };
  });
  const fxMaxAgeMs = dice.chance(0.5) ? Infinity : 10_000;
  const pricePolicy = dice.pick(['last', 'last', 'exit', 'mid'] as const);
  const prices = new Map<string, OraclePrice>();
  for (const symbol of symbols) {
    if (dice.chance(0.93)) prices.set(symbol, randomPrice(dice, currencies, pricePolicy === 'mid'));
  }
  for (const { symbol } of pairs) {
    if (dice.chance(0.9)) prices.set(symbol, randomRate(dice));
  }
  const instruments = new Map(
    symbols.flatMap((symbol) =>
      dice.chance(0.4) ? [randomInstrument(dice, symbol, currencies, majors)] : [],
    ),
  );
  return {
    prices,
    pairs,
    instruments,
    now: NOW,
    fxMaxAgeMs,
    fxPolicy: dice.pick(['last', 'sides']),
    pricePolicy,
    staleAfterMs: 5_000,
    source: 'venue',
    portfolios: Array.from({ length: portfolios }, (_, i) =>
      randomPortfolio(dice, `P${i}`, currencies, symbols, instruments),
    ),
  };
}

/** A book that has reached the state of a world on a random path: older prices first, portfolios at any point. */
export function bookOf(world: World, dice: Dice): PositionBook {
  const book = new PositionBook({
    fx: world.pairs,
    fxMaxAgeMs: world.fxMaxAgeMs,
    fxPolicy: world.fxPolicy,
    policy: POLICIES[world.pricePolicy],
    staleAfter: world.staleAfterMs,
    instruments: Object.fromEntries(world.instruments),
    clock: new FakeClock({ now: world.now }),
  });
  const apply = (updates: readonly PriceUpdate[]) => {
    if (updates.length > 0)
      book.applyPrices(
        PriceChangedBatch.ofUpdates(updates, world.now, { allowNonPositive: true }),
        world.source,
      );
    if (dice.chance(0.5)) book.computeTotals();
  };
  const early = world.portfolios.filter(() => dice.chance(0.5));
  for (const each of early) book.setPortfolio(portfolioOf(each, dice, world));
  const older = [...world.prices].filter(() => dice.chance(0.4));
  apply(older.map(([symbol, price]) => olderUpdate(symbol, price, dice)));
  const later = new Set([...world.prices.keys()].filter(() => dice.chance(0.5)));
  const updates = [...world.prices].map(([symbol, price]) => updateOf(symbol, price, dice));
  apply(updates.filter(({ symbol }) => !later.has(symbol)));
  for (const each of world.portfolios) {
    if (!early.includes(each) || dice.chance(0.2)) book.setPortfolio(portfolioOf(each, dice, world));
  }
  apply(updates.filter(({ symbol }) => later.has(symbol)));
  return book;
}

/** A portfolio of the library with the holdings of the oracle's. */
export function portfolioOf(
  plain: OraclePortfolio,
  dice: Dice,
  { instruments }: Pick<OracleWorld, 'instruments'>,
): Portfolio {
  return Portfolio.create({
    id: plain.id,
    currency: plain.currency,
    instruments: Object.fromEntries(instruments),
    cash: Object.fromEntries(plain.cash),
    positions: plain.positions.map(({ symbol, quantity, costBasis, baseCost, entryPrice, currency }) => ({
      symbol,
      quantity: dice.asInput(quantity),
      ...(entryPrice === undefined ? { costBasis } : { averageCost: entryPrice }),
      ...(baseCost !== undefined && { baseCost }),
      currency,
    })),
  }).withVersion(plain.version);
}

function updateOf(symbol: string, price: OraclePrice, dice: Dice): PriceUpdate {
  const { last, bid, ask, previousClose, currency, timestamp, receivedAt, state } = price;
  return {
    symbol,
    price: dice.asInput(last),
    bid: bid === undefined ? undefined : dice.asInput(bid),
    ask: ask === undefined ? undefined : dice.asInput(ask),
    previousClose: previousClose === undefined ? undefined : dice.asInput(previousClose),
    currency,
    timestamp,
    receivedAt,
    state,
  };
}

function olderUpdate(symbol: string, price: OraclePrice, dice: Dice): PriceUpdate {
  return {
    symbol,
    price: symbol.includes('/') ? randomRate(dice).last : randomPriceText(dice),
    // A later price without a currency would be in this one.
    currency: price.currency && dice.chance(0.2) ? dice.pick(MAJORS) : price.currency,
    timestamp: price.timestamp - dice.between(1, 1000),
    receivedAt: price.receivedAt,
  };
}

function randomPrice(dice: Dice, currencies: readonly string[], isNarrow: boolean): OraclePrice {
  // The middle of two prices of 16 digits needs 17, more than the book holds: narrow prices leave room.
  const text = () =>
    isNarrow ? dice.decimal({ digits: dice.between(1, 12), scale: 8 }) : randomPriceText(dice);
  const hasQuotes = dice.chance(0.5);
  return {
    last: text(),
    ...(hasQuotes && { bid: text(), ask: text() }),
    ...(dice.chance(0.8) && { previousClose: text() }),
    ...(dice.chance(0.6) && { currency: dice.pick(currencies) }),
    ...(dice.chance(0.2) && { state: dice.pick(STATES) }),
    ...randomTimes(dice),
  };
}

// From 10^-8 to 10^15, mostly of everyday length.
function randomPriceText(dice: Dice): string {
  const text = dice.chance(0.85)
    ? dice.decimal({ digits: dice.between(1, 7), scale: dice.between(0, 4) })
    : dice.decimal({ digits: dice.between(1, 16), scale: dice.between(0, 8), most: MAX_PRICE });
  return dice.chance(0.03) ? '0' : dice.chance(0.05) ? `-${text}` : text;
}

function randomRate(dice: Dice): OraclePrice {
  const text = () =>
    dice.chance(0.9)
      ? dice.decimal({ digits: dice.between(1, 6), scale: dice.between(0, 5) })
      : dice.decimal({ digits: dice.between(1, 16), scale: dice.between(0, 8), most: MAX_PRICE });
  return {
    last: text(),
    ...(dice.chance(0.5) && { bid: text() }),
    ...(dice.chance(0.5) && { ask: text() }),
    ...randomTimes(dice),
  };
}

function randomTimes(dice: Dice): { timestamp: number; receivedAt: number } {
  const receivedAt = NOW - dice.between(0, 12_000);
  return { receivedAt, timestamp: receivedAt - dice.between(-500, 500) };
}

function randomPortfolio(
  dice: Dice,
  id: string,
  currencies: readonly string[],
  symbols: readonly string[],
  instruments: ReadonlyMap<string, OracleInstrument>,
): OraclePortfolio {
  const own = dice.some(currencies, dice.between(1, 3));
  return {
    id,
    version: dice.between(0, 9),
    currency: dice.pick(currencies),
    cash: dice
      .some(currencies, dice.between(0, 2))
      .map((currency) => [currency, randomAmount(dice)] as const),
    positions: dice.some(symbols, dice.between(0, 5)).map((symbol): OraclePosition => {
      const isFutures = instruments.get(symbol)?.valuationMethod === 'futures';
      return {
        symbol,
        quantity: `${dice.chance(0.4) ? '-' : ''}${randomQuantity(dice)}`,
        costBasis: isFutures || dice.chance(0.1) ? null : randomAmount(dice),
        ...(!isFutures && dice.chance(0.3) && { baseCost: randomAmount(dice) }),
        ...(isFutures && {
          entryPrice: dice.decimal({ digits: dice.between(1, 7), scale: dice.between(0, 4) }),
        }),
        currency: dice.pick(own),
      };
    }),
  };
}

function randomInstrument(
  dice: Dice,
  symbol: string,
  currencies: readonly string[],
  majors: readonly string[],
): [string, OracleInstrument] {
  const currency = dice.pick(currencies);
  const kind = dice.between(1, 5);
  if (kind === 1)
    return [
      symbol,
      {
        symbol,
        currency,
        settlementCurrency: dice.pick(majors),
        multiplier: '10',
        valuationMethod: 'futures',
        inverse: true,
      },
    ];
  const quotation = dice.pick(['unit', 'unit', 'percent', { per: '8' }] as const);
  const multiplier = dice.pick(['1', '100', '0.1', '50']);
  const valuationMethod = kind === 2 ? 'futures' : 'premium';
  return [symbol, { symbol, currency, quotation, multiplier, valuationMethod }];
}

function randomQuantity(dice: Dice): string {
  const kind = dice.between(1, 10);
  if (kind <= 7) return dice.decimal({ digits: dice.between(1, 6), scale: dice.between(0, 3) });
  if (kind <= 9) return dice.decimal({ digits: dice.between(1, 15), scale: dice.between(0, 8) });
  return dice.decimal({ digits: dice.between(16, 29), scale: dice.between(0, 18) });
}

function randomAmount(dice: Dice): string {
  if (dice.chance(0.1)) return '0';
  const sign = dice.chance(0.3) ? '-' : '';
  return dice.chance(0.85)
    ? `${sign}${dice.decimal({ digits: dice.between(1, 9), scale: dice.between(0, 4) })}`
    : `${sign}${dice.decimal({ digits: dice.between(10, 29), scale: dice.between(0, 18) })}`;
}
