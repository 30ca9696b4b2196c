import { LONGEST_DELAY_MS } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import { checkNumber, checkOptions, type OptionShapes } from '../core/options.js';
import { readScaled } from '../core/money/scaled-number.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../core/streams/base-price-stream-adapter-options.js';
import type { MockFault } from './mock-faults.js';
import { typicalPrice } from './typical-prices.js';

/** How one simulated symbol behaves. */
export interface MockSymbolOptions {
  /**
   * The first price; a multiple of `tickSize`. Default: for well-known shares, coins and currency pairs about their level of 2024 (`EUR/USD`
   * 1.0850, `AAPL` 187.20), else 100.
   */
  readonly startPrice?: number | string;
  /** Standard deviation of the yearly log return, 0 to 100: 0.5 is 50 % a year of 365 days of 24 hours. Default 0.5. */
  readonly volatility?: number;
  /** Expected yearly return, -100 to 100: 0.05 is 5 % a year. Default 0. */
  readonly drift?: number;
  /**
   * Every price is a multiple of it and has as many decimals; the lowest price is one tick. Default 0.01, and for a well-known currency pair
   * such that prices have five digits.
   */
  readonly tickSize?: number | string;
  /** Distance from bid to ask, a multiple of `tickSize`. Default: updates have no bid and ask. */
  readonly spread?: number | string;
  /** Time between updates in ms. With 0, only `tick()` creates updates, and each moves the price by a second's worth. Default 100. */
  readonly intervalMs?: number;
  /** Updates per interval, all with the same timestamp. Default 1. */
  readonly burst?: number;
  /** Currency of the prices. Default: updates have none. */
  readonly currency?: string;
  /** Close of the previous session. Default: updates have none. */
  readonly previousClose?: number | string;
}

/** Options of `MockPriceStreamAdapter`: how all symbols behave, and which symbols behave differently. */
export interface MockPriceStreamAdapterOptions extends BasePriceStreamAdapterOptions, MockSymbolOptions {
  /** Symbols with options of their own. Any other symbol can be subscribed too. Default: none. */
  readonly symbols?: Readonly<Record<string, MockSymbolOptions>>;
  /** Seed of the random numbers, a whole number: the same seed gives a symbol the same prices. Default 1. */
  readonly seed?: number;
  /** Time between heartbeats of the link in ms, 0 for none. Default 0. */
  readonly heartbeatMs?: number;
  /** Called with each heartbeat: its time in ms since 1970. */
  readonly onHeartbeat?: (at: number) => void;
  /** Faults to simulate, and when. The script starts again with each `connect()`. Default: none. */
  readonly faults?: readonly MockFault[];
}

const OF_SYMBOL: OptionShapes<MockSymbolOptions> = {
  startPrice: true,
  volatility: true,
  drift: true,
  tickSize: true,
  spread: true,
  intervalMs: true,
  burst: true,
  currency: true,
  previousClose: true,
};

const SHAPES: OptionShapes<MockPriceStreamAdapterOptions> = {
  ...STREAM_OPTIONS,
  ...OF_SYMBOL,
  symbols: true,
  seed: true,
  heartbeatMs: true,
  onHeartbeat: 'function',
  faults: 'list',
};

/** Checks names and shapes of all options. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkMockOptions(where: string, options: MockPriceStreamAdapterOptions): void {
  checkOptions(where, options, SHAPES);
  const { symbols = {} } = options;
  if (typeof symbols !== 'object' || symbols === null || Array.isArray(symbols))
    throw invalidArgument(`${where}: symbols`, symbols, 'options by symbol');
  for (const [symbol, own] of Object.entries(symbols))
    checkOptions(`${where}: symbols[${JSON.stringify(symbol)}]`, own, OF_SYMBOL);
}

/** {@link MockSymbolOptions} in ticks. */
export interface MockSymbolPlan {
  readonly startTicks: number;
  readonly maxTicks: number;
  readonly volatility: number;
  readonly drift: number;
  readonly tickUnits: number;
  readonly scale: number;
  readonly spreadTicks: number | undefined;
  readonly intervalMs: number;
  readonly burst: number;
  readonly currency: string | undefined;
  readonly previousClose: number | string | undefined;
}

// Prices have at most 15 digits, as price updates must.
const MAX_UNITS = 1e15 - 1;

/**
 * Checks the options of a symbol and converts them to ticks.
 * @param where Names the options in errors.
 * @param symbol The symbol, for its usual price. Default: none in particular.
 * @throws TickmarkError `INVALID_ARGUMENT`.
 */
export function resolveSymbolPlan(
  where: string,
  options: MockSymbolOptions,
  symbol?: string,
): MockSymbolPlan {
  const typical = (symbol !== undefined && typicalPrice(symbol)) || { startPrice: 100, tickSize: 0.01 };
  const {
    startPrice = startAt(typical.startPrice, options.tickSize),
    tickSize = typical.tickSize,
    volatility = 0.5,
    drift = 0,
    intervalMs = 100,
    burst = 1,
  } = options;
  const tick = decimalIn(tickSize);
  if (typeof tick === 'string' || tick.units <= 0)
    throw invalidArgument(`${where}.tickSize`, tickSize, 'a decimal above 0 such as 0.01');
  const { units: tickUnits, scale } = tick;
  const maxTicks = Math.floor(MAX_UNITS / tickUnits);
  const inTicks = (name: string, price: number | string, least: number): number => {
    const ticks = ticksOf(price, tickUnits, scale);
    if (ticks === undefined || ticks < least || ticks > maxTicks)
      throw invalidArgument(
        `${where}.${name}`,
        price,
        `a multiple of the tick size ${tickSize} from ${least} ticks up`,
      );
    return ticks;
  };
  const startTicks = inTicks('startPrice', startPrice, 1);
  const spreadTicks = options.spread === undefined ? undefined : inTicks('spread', options.spread, 0);
  checkNumber(`${where}.volatility`, volatility, { from: 0, to: 100 });
  checkNumber(`${where}.drift`, drift, { from: -100, to: 100 });
  checkNumber(`${where}.intervalMs`, intervalMs, { from: 0, to: LONGEST_DELAY_MS });
  checkNumber(`${where}.burst`, burst, { from: 1, isWhole: true });
  const { currency, previousClose } = options;
  if (currency !== undefined && (typeof currency !== 'string' || currency === ''))
    throw invalidArgument(`${where}.currency`, currency, 'a currency code such as "EUR"');
  if (previousClose !== undefined && typeof decimalIn(previousClose) === 'string')
    throw invalidArgument(`${where}.previousClose`, previousClose, 'a price such as 12.5');
  return {
    startTicks,
    maxTicks: maxTicks - Math.ceil((spreadTicks ?? 0) / 2),
    volatility,
    drift,
    tickUnits,
    scale,
    spreadTicks,
    intervalMs,
    burst,
    currency,
    previousClose,
  };
}

function decimalIn(given: unknown): ReturnType<typeof readScaled> {
  return typeof given === 'number' || typeof given === 'string' ? readScaled(given) : 'malformed';
}

// The nearest price on a grid of the caller's; a grid that is none is refused where it is read.
function startAt(price: number, tickSize: number | string | undefined): number | string {
  const tick = tickSize === undefined ? undefined : decimalIn(tickSize);
  if (tick === undefined || typeof tick === 'string' || tick.units <= 0) return price;
  const ticks = Math.max(1, Math.round((price * 10 ** tick.scale) / tick.units));
  return formatTicks(ticks, { tickUnits: tick.units, scale: tick.scale });
}

/** A price in ticks as a string with exactly `scale` decimals. */
export function formatTicks(
  ticks: number,
  { tickUnits, scale }: Pick<MockSymbolPlan, 'tickUnits' | 'scale'>,
): string {
  const digits = String(ticks * tickUnits);
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  return `${padded.slice(0, point)}.${padded.slice(point)}`;
}

function ticksOf(price: number | string, tickUnits: number, scale: number): number | undefined {
  const scaled = decimalIn(price);
  if (typeof scaled === 'string' || scaled.scale > scale) return undefined;
  const ticks = (scaled.units * 10 ** (scale - scaled.scale)) / tickUnits;
  return Number.isSafeInteger(ticks) ? ticks : undefined;
}
