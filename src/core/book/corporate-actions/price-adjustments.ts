import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { CorporateAction } from '../../portfolio/corporate-actions/corporate-action.js';
import type { PriceDetails } from '../../prices/price-update.js';

/** Significant digits of an adjusted price: those of a price. */
const DIGITS = 15;
/** Digits after the point of a price. */
const MAX_SCALE = 18;

/** What prices from before a time are multiplied by. */
export interface PriceAdjustment {
  /** The price itself, bid, ask and accrued interest. */
  readonly price: Fraction;
  /** The previous close. A spin-off takes its share of that from the value of the day before, and not here. */
  readonly close: Fraction;
}

interface DatedAdjustment extends PriceAdjustment {
  readonly at: number;
}

/** What corporate actions make of prices from before their ex-time, by symbol. */
export class PriceAdjustments {
  readonly #bySymbol = new Map<string, DatedAdjustment[]>();
  readonly #ids = new Set<string>();

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#bySymbol.size === 0;
  }

  /** Adds an action, once. @returns whether it changes prices of its symbol. */
  add(action: CorporateAction): boolean {
    if (this.#ids.has(action.id)) return false;
    this.#ids.add(action.id);
    const adjustment = adjustmentBy(action);
    if (!adjustment) return false;
    const others = this.#bySymbol.get(action.symbol) ?? [];
    this.#bySymbol.set(action.symbol, [...others, { ...adjustment, at: action.at }]);
    return true;
  }

  /** What a price of a time is multiplied by; `undefined`: it stays. @param time ms since 1970. */
  of(symbol: string, time: number): PriceAdjustment | undefined {
    const later = this.#bySymbol.get(symbol)?.filter(({ at }) => time < at);
    return later?.reduce<PriceAdjustment | undefined>(
      (all, { price, close }) =>
        all ? { price: all.price.times(price), close: all.close.times(close) } : { price, close },
      undefined,
    );
  }
}

function adjustmentBy(action: CorporateAction): PriceAdjustment | undefined {
  if (action.type === 'split') {
    const ratio = Fraction.from(action.from).dividedBy(Fraction.from(action.to));
    return { price: ratio, close: ratio };
  }
  // The share of the cost that moves is, by the rules of tax offices, the share of the market value.
  if (action.type === 'spinOff')
    return { price: Fraction.from(Decimal.ONE.minus(action.costShare)), close: Fraction.ONE };
  return undefined;
}

/** A price multiplied, to as many digits as a price may have; half-even. */
export function adjusted(price: Decimal, ratio: Fraction): Decimal {
  const exact = Fraction.from(price).times(ratio);
  const whole = exact.abs().rounded(0).toString().length;
  const scale = Math.min(MAX_SCALE, Math.max(0, DIGITS - whole));
  return exact.rounded(scale).trimmed();
}

/** Details of a price, with its amounts multiplied. */
export function adjustedDetails(details: PriceDetails, { price, close }: PriceAdjustment): PriceDetails {
  const times = (amount: number | string | undefined, ratio: Fraction): string | undefined =>
    amount === undefined ? undefined : adjusted(Decimal.from(amount), ratio).toString();
  return {
    ...details,
    bid: times(details.bid, price),
    ask: times(details.ask, price),
    accrued: times(details.accrued, price),
    previousClose: times(details.previousClose, close),
    previousAccrued: times(details.previousAccrued, close),
  };
}
