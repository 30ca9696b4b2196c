import type { Decimal, DecimalInput } from '../../money/decimal.js';

/**
 * A moment as it is written down: ms since 1970, an ISO 8601 string with a zone, or a `Date`. Convert seconds: as ms they are moments of
 * early 1970. Microseconds are refused.
 */
export type TimeInput = number | string | Date;

/**
 * What all entries of a ledger have. `Amount` and `Time` are what amounts and times are given in: `Decimal` and ms in a
 * {@link LedgerEntry}, anything that can be read as such in a {@link LedgerEntryInput}.
 */
export interface EntryBase<Amount, Time> {
  /** Applies once: the same entry again changes nothing. 1 to 300 characters. */
  readonly id: string;
  /** Time of the trade, or the ex-date. */
  readonly at: Time;
  /** When its cash settles; decides `unsettledCash` and nothing else. */
  readonly settlesAt?: Time;
  /** Units of the portfolio's currency for one unit of a currency, at that time. At most 18 significant digits. Without it, what it converts is unknown. */
  readonly rates?: Readonly<Record<string, Amount>>;
}

/** An amount of one currency. */
export interface MoneyAmount<Amount> {
  readonly amount: Amount;
  readonly currency: string;
}

/** Money that comes from outside, or goes there. */
export interface CashFlow<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'deposit' | 'withdrawal';
  /** Above 0. */
  readonly amount: Amount;
  readonly currency: string;
}

/** A purchase or a sale. Against the position it closes, past zero it opens the other way. */
export interface Trade<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'buy' | 'sell';
  readonly symbol: string;
  /** Above 0. */
  readonly quantity: Amount;
  /** As the instrument quotes it. */
  readonly price: Amount;
  /** Currency of the price, for a symbol that has no instrument. Default: the position's, or the portfolio's for a new one. */
  readonly currency?: string;
  /** Gross money of the contract note, which goes before quantity × price; from 0. Not for futures. */
  readonly amount?: Amount;
  /** Accrued interest, as the price is quoted; paid by the buyer. */
  readonly accrued?: Amount;
  /** Commission; below 0 for a rebate. Part of the cost in the trade's currency, an expense in another one and of futures. */
  readonly fee?: Amount;
  /** Default: the trade's currency. */
  readonly feeCurrency?: string;
  /** Duty on the trade, in its currency. */
  readonly tax?: Amount;
  /** Units that the venue deducts from the purchase as its fee. */
  readonly feeQuantity?: Amount;
  /** Lots that a sale closes, by the ids of the entries that opened them. Not under average cost. */
  readonly lots?: ReadonlyArray<{ readonly lot: string; readonly quantity: Amount }>;
}

/** Dividends, coupons, interest, funding, lending, staking. */
export interface Income<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'income';
  /** Such as `dividend`, `coupon`, `interest`, `funding`, `lending`, `staking`. */
  readonly kind: string;
  readonly symbol?: string;
  /** Gross; below 0 when it is paid. Give this, or `quantity` and `price`. */
  readonly amount?: Amount;
  readonly currency?: string;
  /** Tax withheld of it. */
  readonly withheld?: Amount;
  /** Units received instead of money. */
  readonly quantity?: Amount;
  /** What such a unit is worth, as the instrument quotes it: it is income, and the cost of the units. */
  readonly price?: Amount;
}

/** A charge apart from trades. */
export interface Charge<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'fee' | 'tax';
  /** Below 0 for a refund. */
  readonly amount: Amount;
  readonly currency: string;
  readonly symbol?: string;
}

/** Cash changed from one currency into another. */
export interface CashConversion<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'conversion';
  readonly sold: MoneyAmount<Amount>;
  readonly bought: MoneyAmount<Amount>;
  readonly fee?: Amount;
  /** Default: the currency that was sold. */
  readonly feeCurrency?: string;
}

/** Variation margin: what futures have gained since the last settlement becomes cash. */
export interface Settlement<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'settlement';
  readonly symbol: string;
  readonly price: Amount;
}

/** Each `from` units become `to`. */
export interface Split<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'split';
  readonly symbol: string;
  readonly from: Amount;
  readonly to: Amount;
  /** Pays the fraction of a unit in cash, at this price of a new unit. */
  readonly cashInLieuPrice?: Amount;
}

/** Each `from` units bring `to` units of another symbol, and `costShare` of the cost moves to them. */
export interface SpinOff<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'spinOff';
  readonly symbol: string;
  readonly into: string;
  readonly from: Amount;
  readonly to: Amount;
  /** From 0 to 1. */
  readonly costShare: Amount;
  readonly cashInLieuPrice?: Amount;
}

/** Units become those of another symbol, cash, or both. */
export interface Merger<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'merger';
  readonly symbol: string;
  readonly into?: string;
  readonly from: Amount;
  readonly to: Amount;
  /** Money for each old unit, in its currency. */
  readonly cashPerUnit?: Amount;
  /** Share of the cost that is set against the cash, 0 to 1. Default: 1 without `into`, 0 with it. */
  readonly cashCostShare?: Amount;
  readonly cashInLieuPrice?: Amount;
}

/** A symbol gets another name. */
export interface Rename<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'rename';
  readonly symbol: string;
  readonly into: string;
}

/** Money paid back on units held: it lowers their cost. */
export interface ReturnOfCapital<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'returnOfCapital';
  readonly symbol: string;
  readonly amount: Amount;
  readonly currency: string;
}

/** Units that come from another account. */
export interface TransferIn<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'transferIn';
  readonly symbol: string;
  /** Below 0 for a short position; not 0. */
  readonly quantity: Amount;
  /** What they had cost, in the position's currency; `null`: unknown. */
  readonly cost: Amount | null;
  /** The same in the portfolio's currency, at the rates of then. Default: `cost` where the currencies are the same, else unknown. */
  readonly baseCost?: Amount | null;
  /** When they were bought. Default: `at`. */
  readonly acquiredAt?: Time;
  /** Fair value of a unit, as the instrument quotes it: what the transfer counts as a contribution. Without it that is unknown. */
  readonly price?: Amount;
  /** Currency of the position, for a symbol that has no instrument. Default: the portfolio's. */
  readonly currency?: string;
}

/** Units that go to another account. */
export interface TransferOut<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'transferOut';
  readonly symbol: string;
  /** Above 0: units that leave, of a long position or of a short one. */
  readonly quantity: Amount;
  /** Fair value of a unit, as the instrument quotes it. */
  readonly price: Amount;
}

/** Opening position, from an earlier system or statement. It replaces the current position in the same symbol. */
export interface OpeningPosition<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'openingPosition';
  readonly symbol: string;
  /** Below 0 when short; 0: nothing is held. */
  readonly quantity: Amount;
  /** Net money paid, in the position's currency; below 0 when short. Default: that of `price`; without both, or `null`, it is unknown. Not for futures. */
  readonly cost?: Amount | null;
  /** The same in the portfolio's currency, at the rates of then. Default: `cost` where the currencies are the same, else unknown. */
  readonly baseCost?: Amount | null;
  /** Average entry price, as the instrument quotes it. Futures need it. */
  readonly price?: Amount;
  /** Profit realized before, in the position's currency. */
  readonly realizedPnl?: Amount;
  /** When it was acquired. Default: `at`. */
  readonly acquiredAt?: Time;
  /** Currency of the position, for a symbol that has no instrument. Default: the portfolio's. */
  readonly currency?: string;
}

/** Opening cash balance, from an earlier system or statement. */
export interface OpeningCash<Amount = Decimal, Time = number> extends EntryBase<Amount, Time> {
  readonly type: 'openingCash';
  /** Below 0 for a debt. */
  readonly amount: Amount;
  readonly currency: string;
}

/** A change of holdings or cash, with amounts and times of some form. */
export type AnyBookingEntry<Amount, Time> =
  | OpeningPosition<Amount, Time>
  | OpeningCash<Amount, Time>
  | CashFlow<Amount, Time>
  | Trade<Amount, Time>
  | Income<Amount, Time>
  | Charge<Amount, Time>
  | CashConversion<Amount, Time>
  | Settlement<Amount, Time>
  | Split<Amount, Time>
  | SpinOff<Amount, Time>
  | Merger<Amount, Time>
  | Rename<Amount, Time>
  | ReturnOfCapital<Amount, Time>
  | TransferIn<Amount, Time>
  | TransferOut<Amount, Time>;

/** Cancels another entry: the ledger is as if that had never been made. Both stay in the ledger. */
export interface Cancellation<Time = number> {
  readonly type: 'cancel';
  /** Applies once: the same entry again changes nothing. 1 to 300 characters. */
  readonly id: string;
  /** When it was booked. */
  readonly at: Time;
  /** Id of the entry that it cancels; not that of a cancellation, a correction or closed books. */
  readonly entry: string;
}

/** Puts other content in the place of an entry. Both stay in the ledger; the last correction of an entry counts. */
export interface Correction<Amount = Decimal, Time = number> {
  readonly type: 'correct';
  /** Applies once: the same entry again changes nothing. 1 to 300 characters. */
  readonly id: string;
  /** When it was booked. */
  readonly at: Time;
  /** Id of the entry that it corrects; not that of a cancellation, a correction or closed books. The corrected entry keeps this id. */
  readonly entry: string;
  /** The whole entry as it should have been, without `id`. Its time is that of the corrected entry unless `at` is given. */
  readonly by: CorrectedContent<Amount, Time>;
}

/** Content of a corrected entry. */
export type CorrectedContent<Amount = Decimal, Time = number> =
  // For each type of entry by itself.
  AnyBookingEntry<Amount, Time> extends infer Entry
    ? Entry extends unknown
      ? Omit<Entry, 'id' | 'at'> & { readonly at?: Time }
      : never
    : never;

/** Closes the books: what was before a time does not change from then on. */
export interface ClosedBooks<Time = number> {
  readonly type: 'closeBooks';
  /** Applies once: the same entry again changes nothing. 1 to 300 characters. */
  readonly id: string;
  /** When they were closed; not before `until`. */
  readonly at: Time;
  /** Entries before this time are refused, and so is what would change them. */
  readonly until: Time;
}

/** An entry of a ledger, with amounts and times of some form. */
export type AnyLedgerEntry<Amount, Time> =
  AnyBookingEntry<Amount, Time> | Cancellation<Time> | Correction<Amount, Time> | ClosedBooks<Time>;

/** An entry of a ledger, checked: amounts are `Decimal`, times ms since 1970. */
export type LedgerEntry = AnyLedgerEntry<Decimal, number>;

/** An entry that changes holdings or cash, checked. */
export type BookingEntry = AnyBookingEntry<Decimal, number>;

/** An entry of a ledger as it is written down: amounts as strings or numbers, times as ISO strings, ms or `Date`. */
export type LedgerEntryInput = AnyLedgerEntry<DecimalInput, TimeInput>;

/** Kind of an entry. */
export type LedgerEntryType = LedgerEntry['type'];
