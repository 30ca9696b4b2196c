import { Decimal } from '../../money/decimal.js';
import { SHARE_SCALE, pooled, takeFrom, type Lot } from './lot.js';
import { INVERSE_SCALE, type Instrument } from '../../instruments/instrument.js';
import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { closingOrder, type CostMethod } from './cost-method.js';
import { DAY_HISTORY_MS, type DayEvent, type PositionHistory } from './day-history.js';
import { NO_SUM, type KnownSum } from './known-sum.js';

/** All that a ledger has made of one symbol. Changed by the entries of its {@link Account} alone. */
export class Holding implements PositionHistory {
  instrument: Instrument;
  /** By age; of one sign. */
  lots: Lot[] = [];
  /** In the position's currency. */
  realizedLocal: KnownSum = NO_SUM;
  /** What was realized while the symbol was held in other currencies. */
  realizedBefore: ReadonlyArray<readonly [currency: string, realized: KnownSum]> = [];
  /** In the portfolio's currency, as all below. */
  realized: KnownSum = NO_SUM;
  /** The part of `realized` that comes from the rate. */
  realizedFx: KnownSum = NO_SUM;
  income: KnownSum = NO_SUM;
  expenses: KnownSum = NO_SUM;
  events: DayEvent[] = [];
  quantity = Decimal.ZERO;
  /** Whether any unit was ever held. */
  wasHeld = false;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
  }

  get symbol(): string {
    return this.instrument.symbol;
  }

  /** Changes how a flat holding is valued; what was realized in another currency stays there. */
  setInstrument(instrument: Instrument): void {
    const { settlementCurrency } = this.instrument;
    if (instrument.settlementCurrency !== settlementCurrency) {
      this.realizedBefore = [...this.realizedBefore, [settlementCurrency, this.realizedLocal]];
      this.realizedLocal = NO_SUM;
    }
    this.instrument = instrument;
  }

  /** Digits after the point of shares of worth. */
  get worthScale(): number {
    return this.instrument.inverse ? INVERSE_SCALE : SHARE_SCALE;
  }

  /** Futures: worth at the last settlements; otherwise 0. */
  get settledWorth(): Decimal {
    return this.instrument.isFutures ? sum(this.lots, ({ settledWorth }) => settledWorth)! : Decimal.ZERO;
  }

  /** Cost of all lots; `null` when that of one is unknown. */
  get cost(): Decimal | null {
    return sum(this.lots, ({ cost }) => cost);
  }

  /** Cost of all lots in the portfolio's currency. */
  get baseCost(): Decimal | null {
    return sum(this.lots, ({ baseCost }) => baseCost);
  }

  /** Worth at entry of all lots. */
  get entryWorth(): Decimal | null {
    return sum(this.lots, ({ entryWorth }) => entryWorth);
  }

  /** A copy that can be changed without changing this. */
  copy(): Holding {
    const copy = new Holding(this.instrument);
    Object.assign(copy, this);
    copy.lots = [...this.lots];
    copy.events = [...this.events];
    return copy;
  }

  /** Adds a lot, in the order of age. */
  add(lot: Lot, method: CostMethod): void {
    this.quantity = this.quantity.plus(lot.quantity).trimmed();
    this.wasHeld = true;
    const { lots } = this;
    if (method === 'average' && lots.length > 0) {
      lots[0] = pooled(lots[0]!, lot);
      return;
    }
    let at = lots.length;
    while (at > 0 && lots[at - 1]!.acquiredAt > lot.acquiredAt) at--;
    if (at === lots.length) lots.push(lot);
    else lots.splice(at, 0, lot);
  }

  /**
   * Takes units out, lot by lot.
   * @param quantity Above 0, at most what is held.
   * @param named Lots to take them from, in place of the order of the cost method.
   */
  take(
    quantity: Decimal,
    method: CostMethod,
    where: string,
    named?: ReadonlyArray<{ readonly lot: string; readonly quantity: Decimal }>,
  ): Lot[] {
    const isShort = this.quantity.sign < 0;
    const plan = named
      ? this.#namedLots(quantity, method, where, named)
      : this.#orderedLots(quantity, method);
    const taken: Lot[] = [];
    for (const { lot, units } of plan) {
      const part = takeFrom(lot, isShort ? units.negated() : units, this.worthScale);
      const at = this.lots.indexOf(lot);
      if (part.left) this.lots[at] = part.left;
      else if (at === 0) this.lots.shift();
      else this.lots.splice(at, 1);
      taken.push(part.taken);
    }
    this.quantity = (isShort ? this.quantity.plus(quantity) : this.quantity.minus(quantity)).trimmed();
    return taken;
  }

  /** Notes an entry for day P&L. Call it before the entry changes the position. */
  note(event: Omit<DayEvent, 'quantity' | 'settledWorth'>): void {
    const { quantity, settledWorth } = this;
    const oldest = event.at - DAY_HISTORY_MS;
    if (this.events.length > 0 && this.events[0]!.at < oldest) {
      const first = this.events.findIndex(({ at }) => at >= oldest);
      this.events = first < 0 ? [] : this.events.slice(first);
    }
    this.events.push({ ...event, quantity, settledWorth });
  }

  /** The history as it is now, for a symbol that takes over from this one. */
  history(): PositionHistory {
    const { instrument, quantity, settledWorth, events } = this;
    return { instrument, quantity, settledWorth, events: [...events] };
  }

  #orderedLots(quantity: Decimal, method: CostMethod): Array<{ lot: Lot; units: Decimal }> {
    const plan: Array<{ lot: Lot; units: Decimal }> = [];
    let left = quantity;
    for (const lot of closingOrder(method, this.lots, this.instrument)) {
      if (left.isZero) break;
      const has = lot.quantity.abs();
      const units = has.compare(left) <= 0 ? has : left;
      plan.push({ lot, units });
      left = left.minus(units);
    }
    return plan;
  }

  #namedLots(
    quantity: Decimal,
    method: CostMethod,
    where: string,
    named: ReadonlyArray<{ readonly lot: string; readonly quantity: Decimal }>,
  ): Array<{ lot: Lot; units: Decimal }> {
    if (method === 'average')
      throw invalidArgument(
        `${where}: lots`,
        named.map(({ lot }) => lot).join(', '),
        'no lots: the cost method is average, which keeps one pool',
      );
    let left = quantity;
    const plan = named.map(({ lot: id, quantity: units }) => {
      const lot = this.lots.find((each) => each.id === id);
      if (!lot || lot.quantity.abs().compare(units) < 0)
        throw new TickmarkError(
          'INVALID_ARGUMENT',
          `${where}: lots: ${units} units of lot ${quote(id)} are not held; held are ${this.#describeLots()}.`,
        );
      left = left.minus(units);
      return { lot, units };
    });
    if (new Set(named.map(({ lot }) => lot)).size !== named.length)
      throw invalidArgument(`${where}: lots`, named.map(({ lot }) => lot).join(', '), 'each lot once');
    if (!left.isZero)
      throw invalidArgument(
        `${where}: lots`,
        quantity.minus(left).toString(),
        `quantities that add up to the ${quantity} units that are closed`,
      );
    return plan;
  }

  #describeLots(): string {
    return this.lots.map(({ id, quantity }) => `${quantity} of ${quote(id)}`).join(', ') || 'none';
  }
}

function sum(lots: readonly Lot[], of: (lot: Lot) => Decimal | null): Decimal | null {
  let total = Decimal.ZERO;
  for (const lot of lots) {
    const amount = of(lot);
    if (amount === null) return null;
    total = total.plus(amount);
  }
  return total;
}
