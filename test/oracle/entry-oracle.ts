/** Entries of a ledger of the kinds that the oracle knows. All amounts are strings, and are taken to be valid. */

interface EntryOf<Type extends string> {
  readonly id: string;
  readonly at: number;
  readonly settlesAt?: number;
  readonly rates?: Readonly<Record<string, string>>;
  readonly type: Type;
}
interface ExchangeOf<Type extends string> extends EntryOf<Type> {
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
  readonly cashInLieuPrice?: string;
}
export type Trade = EntryOf<'buy' | 'sell'> & {
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly currency?: string;
  readonly fee?: string;
  readonly feeCurrency?: string;
  readonly accrued?: string;
};
export type CashFlow = EntryOf<'deposit' | 'withdrawal'> & {
  readonly amount: string;
  readonly currency: string;
};
export type Income = EntryOf<'income'> & {
  readonly kind: string;
  readonly symbol?: string;
  readonly amount: string;
  readonly currency: string;
};
export type Settlement = EntryOf<'settlement'> & { readonly symbol: string; readonly price: string };
export type Split = ExchangeOf<'split'>;
export type SpinOff = ExchangeOf<'spinOff'> & { readonly into: string; readonly costShare: string };
export type Merger = ExchangeOf<'merger'> & {
  readonly into?: string;
  readonly cashPerUnit?: string;
  readonly cashCostShare?: string;
};
export type Rename = EntryOf<'rename'> & { readonly symbol: string; readonly into: string };
export type Exchange = Split | SpinOff | Merger;

/** An entry of the kinds that the oracle knows. */
export type OracleEntry = CashFlow | Trade | Income | Settlement | Split | SpinOff | Merger | Rename;
