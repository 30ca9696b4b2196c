import { Decimal } from '../../money/decimal.js';
import { SHARE_SCALE, pooled, takeFrom, type Lot } from './lot.js';
import { INVERSE_SCALE, type Instrument } from '../../instruments/instrument.js';
import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { lotsToClose, placeToClose, type CostMethod } from './cost-method.js';
import { remembered, type DayEvent, type PositionHistory } from './day-history.js';
import { NO_SUM, type KnownSum } from './known-sum.js';
import type { Trade } from './ledger-entry.js';

/** Units of a lot that are closed. */
interface ClosedUnits {
  readonly lot: Lot;
  readonly units: Decimal;
}

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

  get isShort(): boolean {
    return this.quantity.sign < 0;
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

  /** Takes units out, lot by lot, as the cost method says. @param quantity Above 0, at most what is held. */
  take(quantity: Decimal, method: CostMethod): Lot[] {
    return this.#close(quantity, this.#orderedLots(quantity, method));
  }

  /** Takes units out of named lots, in place of the order of the cost method. @param quantity As for {@link Holding.take}. */
  takeNamed(quantity: Decimal, method: CostMethod, named: NonNullable<Trade['lots']>, where: string): Lot[] {
    return this.#close(quantity, this.#namedLots(quantity, method, named, where));
  }

  #close(quantity: Decimal, plan: readonly ClosedUnits[]): Lot[] {
    const { lots, isShort, worthScale } = this;
    const taken = plan.map(({ lot, units }) => {
      const part = takeFrom(lot, isShort ? units.negated() : units, worthScale);
      const at = lots.indexOf(lot);
      if (part.left) lots[at] = part.left;
      else if (at === 0) lots.shift();
      else lots.splice(at, 1);
      return part.taken;
    });
    this.quantity = (isShort ? this.quantity.plus(quantity) : this.quantity.minus(quantity)).trimmed();
    return taken;
  }

  /**
   * Notes an entry for day P&L.
   * @param before Quantity and settled worth before the entry. Default: those of now, so call it before the entry changes the position.
   */
  note(
    event: Omit<DayEvent, 'quantity' | 'settledWorth'>,
    before: Pick<DayEvent, 'quantity' | 'settledWorth'> = this,
  ): void {
    const { at, cash, ratio, kept, source } = event;
    const { quantity, settledWorth } = before;
    this.events = remembered(this.events, at);
    this.events.push(
      ratio || kept || source ? { ...event, quantity, settledWorth } : { at, quantity, settledWorth, cash },
    );
  }

  /** The history as it is now, for a symbol that takes over from this one. */
  history(): PositionHistory {
    const { instrument, quantity, settledWorth, events } = this;
    return { instrument, quantity, settledWorth, events: [...events] };
  }

  #orderedLots(quantity: Decimal, method: CostMethod): ClosedUnits[] {
    const lots = lotsToClose(method, this.lots, this.instrument);
    let plan: ClosedUnits[] | undefined;
    let left = quantity;
    for (let turn = 0; turn < lots.length; turn++) {
      const lot = lots[placeToClose(method, turn, lots.length)]!;
      const has = lot.quantity.abs();
      const isLast = has.compare(left) >= 0;
      const closed = { lot, units: isLast ? left : has };
      // Most sales close one lot, and a list that is pushed to is made for seventeen.
      if (plan) plan.push(closed);
      else plan = [closed];
      if (isLast) break;
      left = left.minus(has);
    }
    return plan ?? [];
  }

  #namedLots(
    quantity: Decimal,
    method: CostMethod,
    named: NonNullable<Trade['lots']>,
    where: string,
  ): ClosedUnits[] {
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
