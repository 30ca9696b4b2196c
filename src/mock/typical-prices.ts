/** Where the walk of a symbol begins, and its grid. */
export interface TypicalPrice {
  readonly startPrice: number;
  readonly tickSize: number;
}

// US dollars for one unit, about the levels of 2024: money that a reader believes, no quotes.
const DOLLARS: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1.085,
  GBP: 1.27,
  CHF: 1.13,
  JPY: 0.0066,
  CNY: 0.139,
  CNH: 0.139,
  HKD: 0.128,
  SGD: 0.745,
  KRW: 0.00073,
  INR: 0.012,
  AUD: 0.66,
  NZD: 0.605,
  CAD: 0.735,
  SEK: 0.095,
  NOK: 0.094,
  DKK: 0.1455,
  PLN: 0.252,
  MXN: 0.055,
  BRL: 0.183,
  ZAR: 0.0545,
  TRY: 0.0295,
  XAU: 2_350,
  XAG: 28.5,
  USDT: 1,
  USDC: 1,
  BTC: 64_500,
  ETH: 3_350,
  SOL: 148,
  BNB: 585,
  XRP: 0.55,
  ADA: 0.42,
  DOGE: 0.14,
  LTC: 76,
};

const SHARES: Readonly<Record<string, number>> = {
  AAPL: 187.2,
  MSFT: 411.5,
  NVDA: 122.75,
  AMZN: 178.1,
  GOOG: 166.4,
  GOOGL: 165.3,
  META: 498.2,
  TSLA: 244.5,
  NFLX: 642.3,
  JPM: 198.4,
  XOM: 114.05,
  KO: 62.35,
  IBM: 172.8,
  SAP: 182.4,
  SPY: 545.6,
  QQQ: 476.9,
};

/** Digits of the price of a pair, as markets quote most: 1.0850, 164.39. */
const PAIR_DIGITS = 5;
const CENT = 0.01;

/** The level of a well-known share, currency pair or coin, by its usual names (`EUR/USD`, `BTC-USDT`, `eurusd`); `undefined` for others. */
export function typicalPrice(symbol: string): TypicalPrice | undefined {
  if (Object.hasOwn(SHARES, symbol)) return { startPrice: SHARES[symbol]!, tickSize: CENT };
  const price = priceOfPair(symbol.toUpperCase());
  if (price === undefined) return undefined;
  const scale = Math.max(2, PAIR_DIGITS - 1 - Math.floor(Math.log10(price)));
  return { startPrice: Number(price.toFixed(scale)), tickSize: Number(`1e-${scale}`) };
}

function priceOfPair(symbol: string): number | undefined {
  // Codes have three or four letters, so a name without a separator is divided at one of two places.
  for (const form of [/^([A-Z]{3})[/_-]?([A-Z]{3,4})$/, /^([A-Z]{4})[/_-]?([A-Z]{3,4})$/]) {
    const [base, quote] = form.exec(symbol)?.slice(1).map(dollarsOf) ?? [];
    if (base !== undefined && quote !== undefined) return base / quote;
  }
  return undefined;
}

function dollarsOf(code: string): number | undefined {
  return Object.hasOwn(DOLLARS, code) ? DOLLARS[code] : undefined;
}
