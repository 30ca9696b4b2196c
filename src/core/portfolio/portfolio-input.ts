import type { DecimalInput } from '../money/decimal.js';
import type { InstrumentInput } from '../instruments/instrument.js';
import type { InstrumentCatalog, InstrumentSource } from '../instruments/instrument-catalog.js';
import type { CostMethod } from './ledger/cost-method.js';
import type { LedgerEntryInput, TimeInput } from './ledger/ledger-entry.js';
import { checkNames } from '../option-names.js';
import { invalidArgument, quote } from '../errors.js';

/** How a holding is written down: quantity and what it cost, by unit or in total. */
export interface PositionInput {
  /** The instrument; not empty. */
  readonly symbol: string;
  /** Units held; negative when sold short; not 0. */
  readonly quantity: DecimalInput;
  /** Average entry price, as the instrument quotes it. Give this or `costBasis`; futures need it. */
  readonly averageCost?: DecimalInput;
  /** Cost of the whole quantity; negative for a short one (what was received). Default: that of `averageCost`; without both, or `null`, it is unknown. */
  readonly costBasis?: DecimalInput | null;
  /** The same in the portfolio's currency, at the rates of then. Default: `costBasis` where the currencies are the same, else unknown. */
  readonly baseCost?: DecimalInput | null;
  /** Currency of the cost, and of prices that come without one, for a symbol without instrument. Default: the portfolio's. */
  readonly currency?: string;
  /** Profit made so far on the part that was closed. Default 0. */
  readonly realizedPnl?: DecimalInput;
}

/** What a portfolio is, apart from its holdings. */
export interface PortfolioTerms {
  /** Its id; 1 to 256 characters. */
  readonly id: string;
  /** Currency that totals are given in. */
  readonly currency: string;
  /** Which lots a sale closes. Default `'average'`. */
  readonly costMethod?: CostMethod;
  /** How the prices of its symbols become money. Symbols without instrument are plain equities. */
  readonly instruments?: InstrumentSource | InstrumentCatalog;
  /** Free labels to group portfolios by, such as `{ desk: 'Rates' }`. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What a portfolio is made from: holdings as they stand. */
export interface PortfolioInput extends PortfolioTerms {
  /** Cash by currency. */
  readonly cash?: Readonly<Record<string, DecimalInput>>;
  /** Open positions, one a symbol. */
  readonly positions?: readonly PositionInput[];
  /** Units of the portfolio's currency for one unit of a currency, at which foreign cash was acquired. Without it, its currency profit is unknown. */
  readonly rates?: Readonly<Record<string, DecimalInput>>;
  /** When holdings stood like this. Default: the beginning of 1970. */
  readonly at?: TimeInput;
}

/** A portfolio as plain data, for stores and wires: `Portfolio.fromSnapshot(p.toSnapshot())` is the same portfolio. */
export interface PortfolioSnapshot {
  readonly id: string;
  readonly currency: string;
  readonly costMethod: CostMethod;
  readonly version: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Instruments of its symbols that are no plain equities. */
  readonly instruments: readonly InstrumentInput[];
  /** Everything that has happened, by time. */
  readonly entries: readonly LedgerEntryInput[];
}

/** Details of a trade that `buy` and `sell` enter. */
export interface TradeOptions {
  /** Id of the entry: the same id applies once. Default: a random one. */
  readonly id?: string;
  /** Time of the trade. Default: now. */
  readonly at?: TimeInput;
  /** Currency of the price, for a symbol without instrument. Default: the position's, or the portfolio's for a new one. */
  readonly currency?: string;
  /** Commission: increases the cost when a position opens, reduces the profit when it closes. Default 0. */
  readonly fee?: DecimalInput;
  /** Currency of the fee. Default: the trade's. */
  readonly feeCurrency?: string;
  /** Duty on the trade. Default 0. */
  readonly tax?: DecimalInput;
  /** Accrued interest, as the price is quoted. Default 0. */
  readonly accrued?: DecimalInput;
  /** Lots that are closed, by the ids of the entries that opened them. Default: as the cost method says. */
  readonly lots?: ReadonlyArray<{ readonly lot: string; readonly quantity: DecimalInput }>;
  /** Units of the portfolio's currency for one unit of a currency, at that time. */
  readonly rates?: Readonly<Record<string, DecimalInput>>;
  /** When the cash settles. Default: at once. */
  readonly settlesAt?: TimeInput;
}

/** Details of an entry that moves cash or changes units. */
export type EntryOptions = Pick<TradeOptions, 'id' | 'at' | 'rates' | 'settlesAt'>;

/** Details of an entry about other entries: a cancellation, a correction or closed books. */
export type AdjustmentOptions = Pick<TradeOptions, 'id' | 'at'>;

/** What a portfolio is, by name. */
export const PORTFOLIO_TERMS: Readonly<Record<keyof PortfolioTerms, true>> = {
  id: true,
  currency: true,
  costMethod: true,
  instruments: true,
  tags: true,
};

const PORTFOLIO_INPUT: Readonly<Record<keyof PortfolioInput, true>> = {
  ...PORTFOLIO_TERMS,
  cash: true,
  positions: true,
  rates: true,
  at: true,
};

/** Refuses fields that a portfolio has not. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkedInput<Input extends PortfolioTerms>(
  input: Input,
  known: object = PORTFOLIO_INPUT,
): Input {
  if (typeof input !== 'object' || input === null)
    throw invalidArgument('Portfolio', input, 'an object with id and currency');
  checkNames(`Portfolio ${quote(input.id)}`, 'field', input, known);
  return input;
}
