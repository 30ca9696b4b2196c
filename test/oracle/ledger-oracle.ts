/**
 * What a ledger leads to, entry by entry, as fractions. It shares no code with the library. All amounts of entries are strings; they
 * are taken to be valid.
 */
import type {
  CashFlow,
  Exchange,
  Income,
  Merger,
  OracleEntry,
  Rename,
  Settlement,
  SpinOff,
  Split,
  Trade,
} from './entry-oracle.js';
import {
  ONE,
  fixedRate,
  isFuturesStyle,
  major,
  recordedWorth,
  settlementOf,
  worthOfOne,
  type Known,
  type OracleInstrument,
} from './instrument-oracle.js';
import {
  NOTHING,
  SHARE,
  atScale,
  both,
  divided,
  exchanged,
  isZero,
  joined,
  minus,
  negated,
  paidOut,
  plus,
  pooled,
  ratioOf,
  shareOf,
  shareOut,
  type OracleLot,
  type OracleSum,
} from './lot-oracle.js';
import {
  ZERO,
  absolute,
  add,
  compare,
  divide,
  multiply,
  parse,
  subtract,
  sum,
  type Rational,
} from './rational.js';

export interface OracleTerms {
  readonly currency: string;
  readonly costMethod: 'average' | 'fifo' | 'lifo' | 'hifo';
  readonly instruments: ReadonlyMap<string, OracleInstrument>;
}

/** What an entry did to a symbol: the state before it, and what day P&L needs of it. */
export interface OracleNote {
  readonly at: number;
  readonly quantity: Rational;
  readonly settledWorth: Rational;
  /** Net cash in the portfolio's currency. */
  readonly cash: Known;
  /** Units after for one unit before: a split. */
  readonly ratio?: Rational;
  /** Share of the value then that stays after a spin-off. */
  readonly kept?: Rational;
  /** What came from another symbol. */
  readonly source?: {
    readonly from: OracleHolding;
    readonly share: Rational;
    readonly ratio: Rational;
    /** Whether its cash of the day comes, too. */
    readonly isWhole: boolean;
  };
}

export interface OracleHolding {
  instrument: OracleInstrument;
  lots: OracleLot[];
  notes: OracleNote[];
  wasHeld: boolean;
  realizedLocal: OracleSum;
  realized: OracleSum;
  realizedFx: OracleSum;
  income: OracleSum;
  expenses: OracleSum;
}

export interface OracleCash {
  readonly moves: Array<{ at: number; amount: Rational; base: Known; settlesAt?: number }>;
}

/** Units of all lots. */
export const quantityOf = ({ lots }: OracleHolding): Rational => sum(lots.map(({ quantity }) => quantity));
/** Futures: worth at the last settlements. */
export const settledOf = ({ lots }: OracleHolding): Rational => sum(lots.map((lot) => lot.settledWorth));
/** A sum over lots; `null` when that of one is unknown. */
export const overLots = ({ lots }: OracleHolding, of: (lot: OracleLot) => Known): Known =>
  lots.reduce<Known>((total, lot) => both(total, of(lot), add), ZERO);

/** What the entries of a ledger add up to. */
export class OracleAccount {
  /** By symbol, in the order of their first entries. */
  readonly holdings = new Map<string, OracleHolding>();
  readonly cash = new Map<string, OracleCash>();
  income = NOTHING;
  fees = NOTHING;
  taxes = NOTHING;
  expenses = NOTHING;
  netContributions = NOTHING;
  readonly #terms: OracleTerms;

  /** @param entries By time. */
  constructor(terms: OracleTerms, entries: readonly OracleEntry[] = []) {
    this.#terms = terms;
    for (const entry of entries) this.#apply(entry);
  }

  #apply(entry: OracleEntry): void {
    switch (entry.type) {
      case 'deposit':
      case 'withdrawal':
        return this.#flow(entry);
      case 'buy':
      case 'sell':
        return this.#trade(entry);
      case 'income':
        return this.#income(entry);
      case 'settlement':
        return this.#settle(entry);
      case 'split':
        return this.#split(entry);
      case 'spinOff':
        return this.#spinOff(entry);
      case 'merger':
        return this.#merge(entry);
      case 'rename':
        return this.#rename(entry);
    }
  }

  #rate(entry: OracleEntry, currency: string): Known {
    const fixed = fixedRate(currency, this.#terms.currency);
    const given = entry.rates?.[major(currency)];
    return (
      fixed ?? (given === undefined ? null : multiply(parse(given), fixedRate(currency, major(currency))!))
    );
  }

  #base(entry: OracleEntry, amount: Rational, currency: string): Known {
    return isZero(amount) ? ZERO : both(amount, this.#rate(entry, currency), multiply);
  }

  #move(entry: OracleEntry, amount: Rational, currency: string): void {
    if (isZero(amount)) return;
    const base = this.#base(entry, amount, currency);
    this.addCash(currency, { amount, base, at: entry.at, settlesAt: entry.settlesAt });
  }

  /** A move of cash; pence are kept as pounds. */
  addCash(currency: string, move: OracleCash['moves'][number]): void {
    const code = major(currency);
    const amount = multiply(move.amount, fixedRate(currency, code)!);
    if (!this.cash.has(code)) this.cash.set(code, { moves: [] });
    this.cash.get(code)!.moves.push({ ...move, amount });
  }

  #instrument(symbol: string, currency: string): OracleInstrument {
    return this.#terms.instruments.get(symbol) ?? { symbol, currency };
  }

  #holding(symbol: string, currency: string): OracleHolding {
    let holding = this.holdings.get(symbol);
    if (!holding) {
      const instrument = this.#instrument(symbol, currency);
      const sums = { realizedLocal: NOTHING, realized: NOTHING, realizedFx: NOTHING, income: NOTHING };
      holding = { instrument, lots: [], notes: [], wasHeld: false, ...sums, expenses: NOTHING };
      this.holdings.set(symbol, holding);
    }
    return holding;
  }

  /** The holding of a symbol that units are to be added to. @param currency For a symbol without instrument. */
  opened(symbol: string, currency = this.#terms.currency): OracleHolding {
    const holding = this.#holding(symbol, currency);
    if (holding.lots.length > 0) return holding;
    const instrument = this.#instrument(symbol, currency);
    // What was realized in another currency stays there.
    if (settlementOf(instrument) !== settlementOf(holding.instrument)) holding.realizedLocal = NOTHING;
    holding.instrument = instrument;
    return holding;
  }

  #note(holding: OracleHolding, note: Omit<OracleNote, 'quantity' | 'settledWorth'>): void {
    holding.notes.push({ ...note, quantity: quantityOf(holding), settledWorth: settledOf(holding) });
  }

  #addToNote({ notes }: OracleHolding, cash: Known): void {
    const last = notes.pop()!;
    notes.push({ ...last, cash: both(last.cash, cash, add) });
  }

  #add(holding: OracleHolding, lot: OracleLot): void {
    holding.wasHeld = true;
    const { lots } = holding;
    if (this.#terms.costMethod === 'average' && lots.length > 0) {
      lots[0] = pooled(lots[0]!, lot);
      return;
    }
    const later = lots.findIndex(({ acquiredAt }) => acquiredAt > lot.acquiredAt);
    lots.splice(later < 0 ? lots.length : later, 0, lot);
  }

  // Takes units out, lot by lot, each with its share of everything.
  #take(holding: OracleHolding, quantity: Rational): OracleLot[] {
    const scale = holding.instrument.inverse ? 36 : SHARE;
    const taken: OracleLot[] = [];
    let left = quantity;
    for (const lot of this.#closingOrder(holding)) {
      if (isZero(left)) break;
      const units = compare(absolute(lot.quantity), left) <= 0 ? absolute(lot.quantity) : left;
      left = subtract(left, units);
      const part = lot.quantity.n < 0n ? negated(units) : units;
      const share: OracleLot = {
        ...lot,
        quantity: part,
        cost: shareOf(lot.cost, part, lot.quantity),
        baseCost: shareOf(lot.baseCost, part, lot.quantity),
        entryWorth: shareOf(lot.entryWorth, part, lot.quantity, scale),
        settledWorth: shareOf(lot.settledWorth, part, lot.quantity, scale),
      };
      taken.push(share);
      const rest: OracleLot = {
        ...lot,
        quantity: subtract(lot.quantity, part),
        cost: both(lot.cost, share.cost, subtract),
        baseCost: both(lot.baseCost, share.baseCost, subtract),
        entryWorth: both(lot.entryWorth, share.entryWorth, subtract),
        settledWorth: subtract(lot.settledWorth, share.settledWorth),
      };
      holding.lots = holding.lots.flatMap((each) =>
        each !== lot ? each : isZero(rest.quantity) ? [] : rest,
      );
    }
    return taken;
  }

  #closingOrder({ lots, instrument }: OracleHolding): OracleLot[] {
    const { costMethod } = this.#terms;
    if (costMethod === 'lifo') return [...lots].reverse();
    if (costMethod !== 'hifo') return [...lots];
    const perUnit = (lot: OracleLot): Known => {
      const amount = isFuturesStyle(instrument) ? lot.entryWorth : lot.cost;
      return amount && divide(amount, absolute(lot.quantity));
    };
    return [...lots].sort((a, b) => {
      const [first, second] = [perUnit(a), perUnit(b)];
      if (!first || !second) return Number(!first) - Number(!second);
      return compare(second, first);
    });
  }

  // Realizes the profit of closed lots. Returns the cash that this moves.
  #realize(
    entry: OracleEntry,
    holding: OracleHolding,
    lots: readonly OracleLot[],
    brought: Rational,
    charges: Rational,
  ): Rational {
    const { instrument } = holding;
    const currency = settlementOf(instrument);
    const units = lots.map(({ quantity }) => absolute(quantity));
    const worths = shareOut(brought, units, instrument.inverse ? 36 : SHARE);
    const shares = shareOut(charges, units);
    return sum(
      lots.map((lot, at) => {
        const proceeds = paidOut(instrument, subtract(subtract(worths[at]!, shares[at]!), lot.settledWorth));
        holding.realizedLocal = plus(holding.realizedLocal, lot.cost && subtract(proceeds, lot.cost));
        const base = this.#base(entry, proceeds, currency);
        holding.realized = plus(holding.realized, both(base, lot.baseCost, subtract));
        const costNow = lot.cost && this.#base(entry, lot.cost, currency);
        if (!isFuturesStyle(instrument))
          holding.realizedFx = plus(holding.realizedFx, both(costNow, lot.baseCost, subtract));
        return proceeds;
      }),
    );
  }

  #flow(entry: CashFlow): void {
    const amount = entry.type === 'deposit' ? parse(entry.amount) : negated(parse(entry.amount));
    this.netContributions = plus(this.netContributions, this.#base(entry, amount, entry.currency));
    this.#move(entry, amount, entry.currency);
  }

  #income(entry: Income): void {
    const amount = parse(entry.amount);
    const base = this.#base(entry, amount, entry.currency);
    this.income = plus(this.income, base);
    const holding = entry.symbol === undefined ? undefined : this.#holding(entry.symbol, entry.currency);
    if (holding) {
      this.#note(holding, { at: entry.at, cash: base });
      holding.income = plus(holding.income, base);
    }
    this.#move(entry, amount, entry.currency);
  }

  #trade(entry: Trade): void {
    const holding = this.opened(entry.symbol, entry.currency);
    const { instrument } = holding;
    const isFutures = isFuturesStyle(instrument);
    const currency = settlementOf(instrument);
    const direction = entry.type === 'buy' ? ONE : negated(ONE);
    const [quantity, held] = [parse(entry.quantity), quantityOf(holding)];
    const isClosing = held.n * direction.n < 0n;
    const closing = !isClosing ? ZERO : compare(absolute(held), quantity) < 0 ? absolute(held) : quantity;
    const opening = subtract(quantity, closing);
    const split = (total: Rational, scale = SHARE): [Rational, Rational] => {
      const share = isZero(closing) ? ZERO : shareOf(total, closing, quantity, scale);
      return [share, subtract(total, share)];
    };
    const gross = recordedWorth(instrument, multiply(quantity, direction), parse(entry.price));
    const [closingWorth, openingWorth] = split(gross, instrument.inverse ? 36 : SHARE);

    const feeCurrency = entry.feeCurrency ?? currency;
    const fee = parse(entry.fee ?? '0');
    const feeBase = this.#base(entry, fee, feeCurrency);
    const isInCost = major(feeCurrency) === currency && !isFutures;
    this.fees = plus(this.fees, feeBase);
    const before = { quantity: held, settledWorth: settledOf(holding) };
    if (!isInCost) {
      this.expenses = plus(this.expenses, feeBase);
      holding.expenses = plus(holding.expenses, feeBase);
      this.#move(entry, negated(fee), feeCurrency);
    }
    const inCost = isInCost ? multiply(fee, fixedRate(feeCurrency, currency)!) : ZERO;
    const [closingCharges, openingCharges] = split(inCost);

    let cash = ZERO;
    if (!isZero(closing)) {
      const lots = this.#take(holding, closing);
      cash = this.#realize(entry, holding, lots, negated(closingWorth), closingCharges);
    }
    if (!isZero(opening)) {
      const paid = isFutures ? ZERO : add(openingWorth, openingCharges);
      cash = subtract(cash, paid);
      this.#add(holding, {
        acquiredAt: entry.at,
        quantity: multiply(opening, direction),
        cost: paid,
        baseCost: this.#base(entry, paid, currency),
        entryWorth: openingWorth,
        settledWorth: isFutures ? openingWorth : ZERO,
      });
    }
    const units = multiply(multiply(quantity, direction), worthOfOne(instrument));
    const accrued = multiply(units, parse(entry.accrued ?? '0'));
    const accruedBase = this.#base(entry, accrued, currency);
    this.income = minus(this.income, accruedBase);
    holding.income = minus(holding.income, accruedBase);
    const net = subtract(cash, accrued);
    this.#move(entry, net, currency);
    const netBase = this.#base(entry, net, currency);
    holding.notes.push({
      ...before,
      at: entry.at,
      cash: isInCost ? netBase : both(netBase, feeBase, subtract),
    });
  }

  #settle(entry: Settlement): void {
    const holding = this.holdings.get(entry.symbol)!;
    const { instrument } = holding;
    const currency = settlementOf(instrument);
    const worths = holding.lots.map((lot) => recordedWorth(instrument, lot.quantity, parse(entry.price)));
    const gains = holding.lots.map((lot, at) => paidOut(instrument, subtract(worths[at]!, lot.settledWorth)));
    this.#note(holding, { at: entry.at, cash: this.#base(entry, sum(gains), currency) });
    holding.lots = holding.lots.map((lot, at) => ({
      ...lot,
      cost: lot.cost && subtract(lot.cost, gains[at]!),
      baseCost: both(lot.baseCost, this.#base(entry, gains[at]!, currency), subtract),
      settledWorth: worths[at]!,
    }));
    this.#move(entry, sum(gains), currency);
  }

  #split(entry: Split): void {
    const holding = this.holdings.get(entry.symbol)!;
    this.#note(holding, { at: entry.at, cash: ZERO, ratio: ratioOf(entry) });
    const { lots, fraction } = exchanged(holding.lots, entry);
    holding.lots = lots;
    this.#payFraction(entry, holding, fraction);
  }

  #spinOff(entry: SpinOff): void {
    const parent = this.holdings.get(entry.symbol)!;
    const from = historyOf(parent);
    const share = parse(entry.costShare);
    this.#note(parent, { at: entry.at, cash: ZERO, kept: subtract(ONE, share) });
    const parts = parent.lots.map((lot) => divided(lot, share));
    const { lots, fraction } = exchanged(
      parts.map(([moved]) => moved),
      entry,
    );
    parent.lots = parts.map(([, kept]) => kept);
    const child = this.opened(entry.into, settlementOf(parent.instrument));
    const source = { from, share, ratio: ratioOf(entry), isWhole: false };
    this.#note(child, { at: entry.at, cash: ZERO, source });
    this.#arrive(entry, child, lots, settlementOf(parent.instrument));
    this.#payFraction(entry, child, fraction);
  }

  #merge(entry: Merger): void {
    const old = this.holdings.get(entry.symbol)!;
    const from = historyOf(old);
    const currency = settlementOf(old.instrument);
    const share =
      entry.cashCostShare === undefined
        ? entry.into === undefined
          ? ONE
          : ZERO
        : parse(entry.cashCostShare);
    const paid = multiply(quantityOf(old), parse(entry.cashPerUnit ?? '0'));
    const paidBase = this.#base(entry, paid, currency);
    const parts = old.lots.map((lot) => divided(lot, share));
    this.#note(old, { at: entry.at, cash: paidBase });
    if (entry.into === undefined || !isZero(share) || !isZero(paid))
      this.#realize(
        entry,
        old,
        parts.map(([moved]) => moved),
        paid,
        ZERO,
      );
    old.lots = [];
    this.#move(entry, paid, currency);
    if (entry.into === undefined) return;
    const { lots, fraction } = exchanged(
      parts.map(([, kept]) => kept),
      entry,
    );
    const fresh = this.opened(entry.into, currency);
    const source = { from, share: ONE, ratio: ratioOf(entry), isWhole: true };
    this.#note(fresh, { at: entry.at, cash: paidBase, source });
    old.notes = [];
    this.#arrive(entry, fresh, lots, currency);
    this.#payFraction(entry, fresh, fraction);
  }

  #rename(entry: Rename): void {
    const old = this.holdings.get(entry.symbol)!;
    const fresh = this.opened(entry.into, settlementOf(old.instrument));
    const source = { from: historyOf(old), share: ONE, ratio: ONE, isWhole: true };
    this.#note(fresh, { at: entry.at, cash: ZERO, source });
    for (const lot of old.lots) this.#add(fresh, lot);
    for (const name of ['realizedLocal', 'realized', 'realizedFx', 'income', 'expenses'] as const)
      fresh[name] = joined(fresh[name], old[name]);
    this.holdings.delete(entry.symbol);
  }

  // Units of a new symbol; a cost in another currency is translated at the rates of the entry.
  #arrive(entry: Exchange, holding: OracleHolding, lots: readonly OracleLot[], from: string): void {
    const to = settlementOf(holding.instrument);
    const translated = (amount: Known): Known =>
      from === to || !amount
        ? amount
        : atScale(divide(multiply(amount, this.#rate(entry, from)!), this.#rate(entry, to)!));
    for (const lot of lots)
      this.#add(holding, {
        ...lot,
        cost: translated(lot.cost),
        entryWorth: translated(lot.entryWorth),
      });
  }

  #payFraction(entry: Exchange, holding: OracleHolding, fraction: Rational): void {
    if (isZero(fraction)) return;
    const { instrument } = holding;
    const brought = recordedWorth(instrument, fraction, parse(entry.cashInLieuPrice!));
    const lots = this.#take(holding, absolute(fraction));
    const cash = this.#realize(entry, holding, lots, brought, ZERO);
    this.#addToNote(holding, this.#base(entry, cash, settlementOf(instrument)));
    this.#move(entry, cash, settlementOf(instrument));
  }
}

// The state of a symbol as it is now, which another symbol takes over.
const historyOf = (holding: OracleHolding): OracleHolding => ({
  ...holding,
  lots: [...holding.lots],
  notes: [...holding.notes],
});
