import type { InstrumentInput } from '../../src/core/instruments/instrument.js';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import type { Dice } from './dice.js';
import type { OraclePair, OraclePrice } from './fx-oracle.js';
import type { OracleInstrument } from './instrument-oracle.js';
import type { OracleEntry } from './entry-oracle.js';

/** What portfolios know when they book their entries: one instrument of each kind. */
export const INSTRUMENTS: readonly OracleInstrument[] = [
  { symbol: 'PLAIN', currency: 'USD' },
  { symbol: 'OTHER', currency: 'USD' },
  { symbol: 'EURO', currency: 'EUR' },
  { symbol: 'PENCE', currency: 'GBp' },
  { symbol: 'BOND', currency: 'EUR', quotation: 'percent' },
  { symbol: 'GILT', currency: 'GBp', quotation: 'percent', multiplier: '10' },
  { symbol: 'OPTION', currency: 'USD', multiplier: '100' },
  { symbol: 'FUTURE', currency: 'USD', multiplier: '50', valuationMethod: 'futures' },
  { symbol: 'NEXT', currency: 'USD', multiplier: '50', valuationMethod: 'futures' },
  {
    symbol: 'CORN',
    currency: 'EUR',
    multiplier: '5000',
    quotation: { per: '100' },
    valuationMethod: 'futures',
  },
  {
    symbol: 'INVERSE',
    currency: 'USD',
    settlementCurrency: 'BTC',
    multiplier: '100',
    valuationMethod: 'futures',
    inverse: true,
  },
  {
    symbol: 'QUANTO',
    currency: 'JPY',
    settlementCurrency: 'USD',
    multiplier: '5',
    valuationMethod: 'futures',
  },
];

/** In no catalog at first, with the currency that they are bought in. */
const LOOSE: Readonly<Record<string, string>> = { LOOSE: 'EUR', FRESH: 'USD' };
const SYMBOLS = [...INSTRUMENTS.map(({ symbol }) => symbol), ...Object.keys(LOOSE)];
const BONDS = new Set(['BOND', 'GILT']);
const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'BTC'];
const PAIRS = ['EUR/USD', 'GBP/USD', 'USD/JPY', 'BTC/USD', 'EUR/GBP'].map((symbol): OraclePair => {
  const [base, quote] = symbol.split('/') as [string, string];
  return { symbol, base, quote };
});
const RENAMED = [
  ['PLAIN', 'OTHER'],
  ['OTHER', 'FRESH'],
  ['FRESH', 'PLAIN'],
  ['EURO', 'LOOSE'],
  ['LOOSE', 'EURO'],
  ['FUTURE', 'NEXT'],
  ['NEXT', 'FUTURE'],
] as const;
const RATIOS = [
  ['1', '2'],
  ['2', '1'],
  ['4', '5'],
  ['10', '1'],
] as const;

export { PAIRS as LEDGER_PAIRS };

const digits = (dice: Dice, most: number, scale: number) =>
  dice.decimal({ digits: dice.between(1, most), scale: dice.between(0, scale) });

/** The next price of a symbol or rate of a pair, with whatever else a stream may send. */
export function randomTick(dice: Dice, now: number, opensAt: number): [symbol: string, price: OraclePrice] {
  const times = { timestamp: now, receivedAt: now };
  if (dice.chance(0.2)) {
    const { symbol } = dice.pick(PAIRS);
    const rate = () => digits(dice, 5, 4);
    return [symbol, { last: rate(), ...(dice.chance(0.8) && { previousClose: rate() }), ...times }];
  }
  const symbol = dice.pick(SYMBOLS);
  const price = () => digits(dice, 6, 4);
  const accrued = () => digits(dice, 3, 2);
  return [
    symbol,
    {
      last: dice.chance(0.02) ? '0' : price(),
      ...(dice.chance(0.4) && { bid: price(), ask: price() }),
      ...(dice.chance(0.85) && { previousClose: price() }),
      ...(dice.chance(0.4) && { previousCloseAt: opensAt + dice.between(-4, 4) * 3_600_000 }),
      ...(BONDS.has(symbol) && dice.chance(0.8) && { accrued: accrued() }),
      ...(BONDS.has(symbol) && dice.chance(0.8) && { previousAccrued: accrued() }),
      ...(dice.chance(0.05) && { currency: dice.pick(['USD', 'EUR', 'GBP', 'GBp']) }),
      ...(dice.chance(0.05) && { state: dice.pick(['closed', 'halted', 'delayed'] as const) }),
      ...times,
    },
  ];
}

/** An instrument that a book is given while prices stream: often the one that the portfolios know, else one of another kind. */
export function randomInstrument(dice: Dice): OracleInstrument & InstrumentInput {
  const symbol = dice.pick(SYMBOLS);
  const known = INSTRUMENTS.find((each) => each.symbol === symbol);
  if (known && dice.chance(0.4)) return known;
  const currency = dice.chance(0.7) ? (known?.currency ?? LOOSE[symbol]!) : dice.pick(['USD', 'EUR', 'GBp']);
  const multiplier = dice.pick(['1', '10', '100', '0.5']);
  if (!BONDS.has(symbol) && dice.chance(0.15)) {
    const settlementCurrency = dice.pick(['BTC', 'EUR']);
    return { symbol, currency, settlementCurrency, multiplier, valuationMethod: 'futures', inverse: true };
  }
  return {
    symbol,
    currency,
    multiplier,
    quotation: dice.pick(['unit', 'unit', 'percent', { per: '8' }] as const),
    valuationMethod: dice.pick(['premium', 'premium', 'futures'] as const),
    ...(dice.chance(0.1) && { settlementCurrency: dice.pick(CURRENCIES) }),
  };
}

/** An entry that mostly makes sense for a portfolio. */
export function randomEntry(dice: Dice, portfolio: Portfolio, id: string, at: number): OracleEntry {
  const rates: Record<string, string> = {};
  for (const code of CURRENCIES) if (dice.chance(0.98)) rates[code] = digits(dice, 5, 4);
  const common = {
    id,
    at,
    rates,
    ...(dice.chance(0.1) && { settlesAt: at + dice.between(1, 48) * 3_600_000 }),
  };
  const held = portfolio.positions.map((position) => position.symbol);
  const symbol = held.length > 0 ? dice.pick(held) : dice.pick(SYMBOLS);
  const price = digits(dice, 5, 3);
  const exchange = () => {
    const [from, to] = dice.pick(RATIOS);
    return { from, to, ...(dice.chance(0.5) && { cashInLieuPrice: price }) };
  };
  const other = () => dice.pick(SYMBOLS);
  switch (dice.between(1, 16)) {
    case 1:
      return {
        ...common,
        type: dice.pick(['deposit', 'withdrawal'] as const),
        amount: digits(dice, 6, 2),
        currency: dice.pick([...CURRENCIES, 'GBp']),
      };
    case 2:
      return {
        ...common,
        type: 'income',
        kind: 'dividend',
        ...(held.length > 0 && { symbol }),
        amount: digits(dice, 4, 2),
        currency: dice.pick([...CURRENCIES, 'GBp']),
      };
    case 3:
    case 4:
      return { ...common, type: 'settlement', symbol, price };
    case 5:
    case 6:
      return { ...common, type: 'split', symbol, ...exchange() };
    case 7:
    case 8:
      return {
        ...common,
        type: 'spinOff',
        symbol,
        into: other(),
        costShare: dice.pick(['0', '0.25', '0.333', '1']),
        ...exchange(),
      };
    case 9:
    case 10:
      return {
        ...common,
        type: 'merger',
        symbol,
        ...(dice.chance(0.8) && { into: other() }),
        ...(dice.chance(0.5) && { cashPerUnit: digits(dice, 4, 2) }),
        ...exchange(),
      };
    case 11: {
      const [from, into] = dice.pick(RENAMED);
      return { ...common, type: 'rename', symbol: from, into };
    }
    default: {
      const traded = dice.chance(0.5) ? symbol : dice.pick(SYMBOLS);
      const units = portfolio.position(traded)?.quantity.abs().toString();
      return {
        ...common,
        type: dice.pick(['buy', 'buy', 'sell'] as const),
        symbol: traded,
        quantity: units !== undefined && dice.chance(0.2) ? units : digits(dice, 5, 2),
        price,
        ...(LOOSE[traded] !== undefined && { currency: LOOSE[traded] }),
        ...(dice.chance(0.3) && { fee: digits(dice, 3, 2) }),
        ...(dice.chance(0.1) && { fee: '0.5', feeCurrency: dice.pick([...CURRENCIES, 'GBp']) }),
        ...(BONDS.has(traded) && dice.chance(0.5) && { accrued: digits(dice, 3, 2) }),
      };
    }
  }
}
