import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { checkNumber } from '../options.js';
import { currencyOf } from '../money/currency.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import type { AccountKind, FillOptions, PortfolioInput, PortfolioSnapshot } from './portfolio-input.js';
import { Position, checkedName, type PositionInput } from './position.js';

/**
 * Holdings of one account: positions and cash. Immutable: every change gives a new portfolio, so one that is stored or
 * being valued cannot change under anyone's feet. `version` is that of the stored holdings it came from (0: never stored).
 */
export class Portfolio {
  readonly id: string;
  /** Currency that totals are given in. */
  readonly currency: string;
  readonly accountKind: AccountKind;
  /** Version of the stored holdings this one was loaded from or saved as; 0 before the first save. */
  readonly version: number;
  readonly #positions: ReadonlyMap<string, Position>;
  readonly #cash: ReadonlyMap<string, Decimal>;
  readonly #realizedPnl: ReadonlyMap<string, Decimal>;

  private constructor(
    base: Pick<Portfolio, 'id' | 'currency' | 'accountKind' | 'version'>,
    positions: ReadonlyMap<string, Position>,
    cash: ReadonlyMap<string, Decimal>,
    realizedPnl: ReadonlyMap<string, Decimal>,
  ) {
    this.id = base.id;
    this.currency = base.currency;
    this.accountKind = base.accountKind;
    this.version = base.version;
    this.#positions = positions;
    this.#cash = cash;
    this.#realizedPnl = realizedPnl;
    Object.freeze(this);
  }

  /**
   * A new portfolio, never stored.
   * @throws TickmarkError `INVALID_ARGUMENT`, `DUPLICATE_SYMBOL`, `UNKNOWN_CURRENCY`, `INVALID_DECIMAL`, `OUT_OF_RANGE`.
   */
  static create(input: PortfolioInput): Portfolio {
    return Portfolio.#build({ ...input, version: 0 });
  }

  /**
   * The portfolio that a snapshot was taken of.
   * @throws as `create`.
   */
  static fromSnapshot(snapshot: PortfolioSnapshot): Portfolio {
    return Portfolio.#build(snapshot);
  }

  static #build(
    input: PortfolioInput & { version: number; realizedPnl?: Readonly<Record<string, DecimalInput>> },
  ): Portfolio {
    const id = checkedName(input.id, 'Portfolio: id');
    const where = `Portfolio ${quote(id)}`;
    const accountKind = input.accountKind ?? 'cash';
    if (accountKind !== 'cash' && accountKind !== 'margin') {
      throw invalidArgument(`${where}: accountKind`, accountKind, '"cash" or "margin"');
    }
    checkNumber(`${where}: version`, input.version, { from: 0, isWhole: true });
    const currency = currencyOf(input.currency, `${where}: currency`).code;
    const positions = new Map<string, Position>();
    for (const each of input.positions ?? []) {
      const position = Position.of(each, currency);
      if (positions.has(position.symbol)) {
        throw new TickmarkError(
          'DUPLICATE_SYMBOL',
          `${where} lists ${quote(position.symbol)} twice; a symbol has one position.`,
        );
      }
      positions.set(position.symbol, position);
    }
    return new Portfolio(
      { id, currency, accountKind, version: input.version },
      positions,
      amounts(input.cash, `${where}: cash`),
      amounts(input.realizedPnl, `${where}: realizedPnl`),
    );
  }

  /** Open positions, in the order they were opened. */
  get positions(): readonly Position[] {
    return [...this.#positions.values()];
  }

  /** The open position in a symbol. */
  position(symbol: string): Position | undefined {
    return this.#positions.get(symbol);
  }

  /** Cash by currency. */
  get cash(): ReadonlyMap<string, Decimal> {
    return new Map(this.#cash);
  }

  /** Profit made on what was closed, by currency, since the portfolio was created. */
  get realizedPnl(): ReadonlyMap<string, Decimal> {
    return new Map(this.#realizedPnl);
  }

  /** Buys: opens or adds to a long position, or closes a short one (and goes long past zero). Cash pays price and fee. */
  buy(symbol: string, quantity: DecimalInput, price: DecimalInput, options?: FillOptions): Portfolio {
    return this.#fill('buy', symbol, quantity, price, options);
  }

  /** Sells: closes a long position, or opens or adds to a short one (past zero it flips). Cash receives price less fee. */
  sell(symbol: string, quantity: DecimalInput, price: DecimalInput, options?: FillOptions): Portfolio {
    return this.#fill('sell', symbol, quantity, price, options);
  }

  /**
   * Splits `from` units into `to` (2-for-1: `{ from: 1, to: 2 }`; reverse 1-for-10: `{ from: 10, to: 1 }`). Cost stays.
   * With `cashInLieuPrice` (per new unit) the fraction of a unit is paid out in cash as a sale.
   * @throws TickmarkError `FRACTIONAL_SPLIT` when the new quantity is no decimal of at most 18 digits after the point.
   */
  split(
    symbol: string,
    ratio: { from: DecimalInput; to: DecimalInput; cashInLieuPrice?: DecimalInput },
  ): Portfolio {
    const where = `Portfolio ${quote(this.id)}.split`;
    const position = this.#positions.get(symbol);
    if (!position) throw invalidArgument(`${where}: symbol`, symbol, 'a symbol that is held');
    const from = positive(ratio.from, `${where}: from`);
    const to = positive(ratio.to, `${where}: to`);
    const exact = position.quantity.times(to);
    const quantity = exact.dividedBy(from, 18).trimmed();
    const isExact = quantity.times(from).equals(exact);
    if (ratio.cashInLieuPrice === undefined) {
      if (isExact) return this.#with(symbol, position.withQuantity(quantity));
      throw new TickmarkError(
        'FRACTIONAL_SPLIT',
        `${where}: ${position.quantity} × ${to} / ${from} of ${quote(symbol)} has no end as a decimal; give cashInLieuPrice.`,
      );
    }
    const price = positive(ratio.cashInLieuPrice, `${where}: cashInLieuPrice`);
    const after = this.#with(symbol, position.withQuantity(quantity));
    const fraction = quantity.minus(truncatedQuotient(exact, from));
    if (fraction.isZero) return after;
    return fraction.sign > 0
      ? after.sell(symbol, fraction, price, { currency: position.currency })
      : after.buy(symbol, fraction.abs(), price, { currency: position.currency });
  }

  /** Adds cash. */
  deposit(amount: DecimalInput, currency = this.currency): Portfolio {
    return this.#withCash(
      currency,
      positive(amount, `Portfolio ${quote(this.id)}.deposit`, Decimal.fromTotal),
    );
  }

  /** Takes cash out; the balance may become negative. */
  withdraw(amount: DecimalInput, currency = this.currency): Portfolio {
    return this.#withCash(
      currency,
      positive(amount, `Portfolio ${quote(this.id)}.withdraw`, Decimal.fromTotal).negated(),
    );
  }

  /** Writes a holding down as it is, in place of any in the same symbol; cash stays. For holdings kept elsewhere. */
  withPosition(position: PositionInput): Portfolio {
    return this.#with(position.symbol, Position.of(position, this.currency));
  }

  /** Strikes a holding out; cash stays. */
  withoutPosition(symbol: string): Portfolio {
    return this.#with(symbol, null);
  }

  /** The same holdings at a stored version; for repositories. */
  withVersion(version: number): Portfolio {
    checkNumber('Portfolio.withVersion', version, { from: 0, isWhole: true });
    const { id, currency, accountKind } = this;
    return new Portfolio(
      { id, currency, accountKind, version },
      this.#positions,
      this.#cash,
      this.#realizedPnl,
    );
  }

  /** As plain data. */
  toSnapshot(): PortfolioSnapshot {
    const { id, currency, accountKind, version } = this;
    return {
      id,
      currency,
      accountKind,
      version,
      cash: texts(this.#cash),
      realizedPnl: texts(this.#realizedPnl),
      positions: this.positions.map((position) => ({
        symbol: position.symbol,
        currency: position.currency,
        quantity: position.quantity.toString(),
        costBasis: position.costBasis.toString(),
        realizedPnl: position.realizedPnl.toString(),
      })),
    };
  }

  /** Same as `toSnapshot()`. */
  toJSON(): PortfolioSnapshot {
    return this.toSnapshot();
  }

  #fill(
    side: 'buy' | 'sell',
    symbol: string,
    quantity: DecimalInput,
    price: DecimalInput,
    options: FillOptions = {},
  ): Portfolio {
    const where = `Portfolio ${quote(this.id)}.${side}`;
    checkedName(symbol, `${where}: symbol`);
    const held = this.#positions.get(symbol);
    const currency = currencyOf(
      options.currency ?? held?.currency ?? this.currency,
      `${where}: currency`,
    ).code;
    if (held && held.currency !== currency) {
      throw invalidArgument(
        `${where}: currency of ${quote(symbol)}`,
        currency,
        `${held.currency}, in which the position is held`,
      );
    }
    const units = positive(quantity, `${where}: quantity`);
    const signed = side === 'buy' ? units : units.negated();
    const at = Decimal.from(price, `${where}: price`);
    const fee = Decimal.from(options.fee ?? 0, `${where}: fee`);
    const { position, realizedPnl } = held
      ? held.fill(signed, at, fee)
      : { position: Position.open(symbol, currency, signed, at, fee), realizedPnl: Decimal.ZERO };
    return this.#with(symbol, position)
      .#withCash(currency, signed.times(at).plus(fee).negated())
      .#withRealized(currency, realizedPnl);
  }

  #with(symbol: string, position: Position | null): Portfolio {
    const positions = new Map(this.#positions);
    if (position) positions.set(symbol, position);
    else positions.delete(symbol);
    return new Portfolio(this, positions, this.#cash, this.#realizedPnl);
  }

  #withCash(currency: string, amount: Decimal): Portfolio {
    return new Portfolio(this, this.#positions, added(this.#cash, currency, amount), this.#realizedPnl);
  }

  #withRealized(currency: string, amount: Decimal): Portfolio {
    return amount.isZero
      ? this
      : new Portfolio(this, this.#positions, this.#cash, added(this.#realizedPnl, currency, amount));
  }
}

// Most portfolios have no cash or no realized profit, and an empty Map of each would be a tenth of what one takes in memory.
const NOTHING: ReadonlyMap<string, Decimal> = new Map();

function amounts(
  input: Readonly<Record<string, DecimalInput>> | undefined,
  where: string,
): ReadonlyMap<string, Decimal> {
  const entries = Object.entries(input ?? {});
  if (entries.length === 0) return NOTHING;
  const result = new Map<string, Decimal>();
  for (const [code, amount] of entries) {
    result.set(currencyOf(code, where).code, Decimal.fromTotal(amount, `${where} ${code}`));
  }
  return result;
}

function added(to: ReadonlyMap<string, Decimal>, currency: string, amount: Decimal): Map<string, Decimal> {
  const { code } = currencyOf(currency, 'Portfolio: cash currency');
  return new Map(to).set(code, (to.get(code) ?? Decimal.ZERO).plus(amount).trimmed());
}

function texts(amounts: ReadonlyMap<string, Decimal>): Record<string, string> {
  return Object.fromEntries([...amounts].map(([currency, amount]) => [currency, amount.toString()]));
}

function positive(
  input: DecimalInput,
  where: string,
  read: (input: DecimalInput, where: string) => Decimal = Decimal.from,
): Decimal {
  const value = read(input, where);
  if (value.sign > 0) return value;
  throw invalidArgument(where, value.toString(), 'an amount above zero');
}

function truncatedQuotient(dividend: Decimal, divisor: Decimal): Decimal {
  const scale = Math.max(dividend.scale, divisor.scale);
  return Decimal.ofUnits(dividend.unitsAt(scale) / divisor.unitsAt(scale), 0);
}
