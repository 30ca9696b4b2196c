import { invalidArgument, quote } from '../errors.js';
import { currencyOf } from '../money/currency.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';

/** How a holding is written down: quantity and what it cost, by unit or in total. */
export interface PositionInput {
  /** The instrument; not empty. */
  readonly symbol: string;
  /** Units held; negative when sold short; not 0. */
  readonly quantity: DecimalInput;
  /** Cost per unit. Give this or `costBasis`. */
  readonly averageCost?: DecimalInput;
  /** Cost of the whole quantity; negative for a short one (what was received). Default: `quantity × averageCost`, or 0. */
  readonly costBasis?: DecimalInput;
  /** Currency of the cost, and of prices that come without one. Default: the portfolio's. */
  readonly currency?: string;
  /** Profit made so far on the part that was closed. Default 0. */
  readonly realizedPnl?: DecimalInput;
}

/** What one fill did to a position. */
export interface FillResult {
  /** The position afterwards, or `null` when it is closed. */
  readonly position: Position | null;
  /** Profit of the part that was closed, after its share of the fee; 0 when the fill only opened. */
  readonly realizedPnl: Decimal;
}

// Removing part of a cost basis divides; beyond this many digits the rest stays in the position, so nothing is lost.
const COST_SCALE = 8;

/** An open holding of one instrument, long or short, at average cost. Immutable. */
export class Position {
  /** The instrument. */
  readonly symbol: string;
  /** Currency of the cost, and of prices that come without one. */
  readonly currency: string;
  /** Units held; negative when sold short; never 0. */
  readonly quantity: Decimal;
  /** Cost of the open quantity, fees included; negative when short (what was received for it). */
  readonly costBasis: Decimal;
  /** Profit made since the position was opened, on the part that was closed. */
  readonly realizedPnl: Decimal;

  private constructor(
    symbol: string,
    currency: string,
    quantity: Decimal,
    costBasis: Decimal,
    realizedPnl: Decimal,
  ) {
    this.symbol = symbol;
    this.currency = currency;
    this.quantity = checkedQuantity(quantity, symbol);
    this.costBasis = costBasis;
    this.realizedPnl = realizedPnl;
    Object.freeze(this);
  }

  /**
   * Checks a holding and makes it a position.
   * @throws TickmarkError `INVALID_ARGUMENT` for an empty symbol, a quantity of 0 or both costs at once;
   * `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`.
   */
  static of(input: PositionInput, defaultCurrency: string): Position {
    const symbol = checkedName(input.symbol, 'Position: symbol');
    const where = `Position ${quote(symbol)}`;
    const quantity = Decimal.from(input.quantity, `${where}: quantity`);
    if (input.averageCost !== undefined && input.costBasis !== undefined) {
      throw invalidArgument(where, 'averageCost and costBasis', 'one of the two');
    }
    const costBasis =
      input.averageCost !== undefined
        ? quantity.times(Decimal.from(input.averageCost, `${where}: averageCost`))
        : Decimal.fromTotal(input.costBasis ?? 0, `${where}: costBasis`);
    return new Position(
      symbol,
      currencyOf(input.currency ?? defaultCurrency, `${where}: currency`).code,
      quantity,
      costBasis.trimmed(),
      Decimal.fromTotal(input.realizedPnl ?? 0, `${where}: realizedPnl`),
    );
  }

  /** Opens a position by a first fill. */
  static open(
    symbol: string,
    currency: string,
    signedQuantity: Decimal,
    price: Decimal,
    fee: Decimal,
  ): Position {
    return new Position(
      symbol,
      currency,
      signedQuantity,
      signedQuantity.times(price).plus(fee).trimmed(),
      Decimal.ZERO,
    );
  }

  /** Whether it is sold short. */
  get isShort(): boolean {
    return this.quantity.sign < 0;
  }

  /** Cost per unit, rounded half-even to 8 digits after the point. */
  get averageCost(): Decimal {
    return this.costBasis.dividedBy(this.quantity, COST_SCALE).trimmed();
  }

  /**
   * The position after a fill of `signedQuantity` units (negative: sold) at `price`. In the position's direction it
   * adds to the cost; against it, it closes at average cost; past zero, what is left opens the other way at `price`.
   * The fee is shared between the closing and the opening part by quantity.
   */
  fill(signedQuantity: Decimal, price: Decimal, fee: Decimal): FillResult {
    if (signedQuantity.sign === this.quantity.sign) {
      const cost = this.costBasis.plus(signedQuantity.times(price)).plus(fee);
      return {
        position: this.with(this.quantity.plus(signedQuantity), cost, this.realizedPnl),
        realizedPnl: Decimal.ZERO,
      };
    }
    const left = this.quantity.plus(signedQuantity);
    const flips = left.sign !== 0 && left.sign !== this.quantity.sign;
    const closed = flips ? this.quantity.negated() : signedQuantity;
    const costOfClosed =
      left.isZero || flips ? this.costBasis : share(this.costBasis, closed.abs(), this.quantity.abs());
    const feeOfClosed = flips ? share(fee, closed.abs(), signedQuantity.abs()) : fee;
    const realized = closed.times(price).negated().minus(costOfClosed).minus(feeOfClosed).trimmed();
    if (left.isZero) return { position: null, realizedPnl: realized };
    return {
      position: flips
        ? Position.open(this.symbol, this.currency, left, price, fee.minus(feeOfClosed))
        : this.with(left, this.costBasis.minus(costOfClosed), this.realizedPnl.plus(realized)),
      realizedPnl: realized,
    };
  }

  /** The same cost on another quantity: a split. */
  withQuantity(quantity: Decimal): Position {
    return this.with(quantity, this.costBasis, this.realizedPnl);
  }

  private with(quantity: Decimal, costBasis: Decimal, realizedPnl: Decimal): Position {
    return new Position(this.symbol, this.currency, quantity, costBasis.trimmed(), realizedPnl.trimmed());
  }
}

/** Checks an id or symbol: a string of 1 to 256 characters. */
export function checkedName(name: unknown, where: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= 256) return name;
  throw invalidArgument(where, name, 'a string of 1 to 256 characters');
}

// A computed quantity must satisfy the checks of an input, so that a stored position can be loaded again.
function checkedQuantity(quantity: Decimal, symbol: string): Decimal {
  const where = `Position ${quote(symbol)}: quantity`;
  if (quantity.isZero) throw invalidArgument(where, '0', 'a quantity other than zero');
  return Decimal.from(quantity.trimmed(), where);
}

function share(total: Decimal, part: Decimal, whole: Decimal): Decimal {
  return total.times(part).dividedBy(whole, Math.max(COST_SCALE, total.scale));
}
