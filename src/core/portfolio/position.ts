import type { Decimal } from '../money/decimal.js';
import type { Instrument } from '../instruments/instrument.js';
import { SHARE_SCALE, type Lot } from './ledger/lot.js';
import type { Holding } from './ledger/holding.js';
import { whole } from './ledger/known-sum.js';
import { keepRaw } from '../keep-raw.js';

/** An open holding of one instrument, long or short, as a ledger left it. Immutable; `null` is unknown. */
export class Position {
  static {
    keepRaw(this);
  }

  readonly #holding: Holding;

  /** @internal Made by `Portfolio`. */
  constructor(holding: Holding) {
    this.#holding = holding;
  }

  get symbol(): string {
    return this.#holding.symbol;
  }

  /** How its price becomes money. */
  get instrument(): Instrument {
    return this.#holding.instrument;
  }

  /** Currency of its value, cost and profit. */
  get currency(): string {
    return this.#holding.instrument.settlementCurrency;
  }

  /** Units held; negative when sold short; never 0. */
  get quantity(): Decimal {
    return this.#holding.quantity;
  }

  /** Whether it is sold short. */
  get isShort(): boolean {
    return this.quantity.sign < 0;
  }

  /** Net money paid for what is open, charges included; negative when short (what was received for it). Futures: less the variation margin received. */
  get costBasis(): Decimal | null {
    return this.#holding.cost?.trimmed() ?? null;
  }

  /** The same in the portfolio's currency, at the rates of its entries. */
  get baseCost(): Decimal | null {
    return this.#holding.baseCost?.trimmed() ?? null;
  }

  /** Price at which its worth was what it was at entry, as the instrument quotes it, without charges; rounded half-even to 18 digits after the point. */
  get averageEntryPrice(): Decimal | null {
    const { entryWorth, instrument, quantity } = this.#holding;
    return (entryWorth && instrument.priceOf(quantity, entryWorth)?.toDecimal(SHARE_SCALE)) ?? null;
  }

  /** Price at which it would be closed without profit or loss, charges included; of futures that is the average entry price. */
  get breakEvenPrice(): Decimal | null {
    const { cost, instrument, quantity } = this.#holding;
    if (instrument.isFutures) return this.averageEntryPrice;
    return (cost && instrument.priceOf(quantity, cost)?.toDecimal(SHARE_SCALE)) ?? null;
  }

  /** Realized profit of closed units, in the currency of the position. */
  get realizedPnl(): Decimal | null {
    return whole(this.#holding.realizedLocal)?.trimmed() ?? null;
  }

  /** Units by when they were acquired, oldest first; one under average cost. */
  get lots(): readonly Lot[] {
    return Object.freeze(this.#holding.lots.map((lot) => Object.freeze(lot)));
  }

  /** @internal The holding behind it. */
  get holding(): Holding {
    return this.#holding;
  }
}
