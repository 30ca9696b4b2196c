import type { Decimal } from '../../../money/decimal.js';
import { Account, type InstrumentFinder } from '../account.js';
import { MovingCash, type CashAccount, type CashMove } from '../cash-account.js';
import type { CostMethod } from '../cost-method.js';
import type { DayEvent } from '../day-history.js';
import { Holding } from '../holding.js';
import type { Lot } from '../lot.js';
import { EventTable, eventReader, type EventData } from './event-table.js';
import {
  decimalOf,
  optionalDecimal,
  optionalText,
  sameOrDecimal,
  sameOrText,
  sumOf,
  sumText,
  type SameOrText,
  type SumText,
} from './exact-text.js';
import {
  InstrumentTable,
  instrumentReader,
  type InstrumentData,
  type InstrumentReader,
} from './instrument-table.js';

/** Base cost and worth at entry are compared with the cost. */
type LotData = readonly [
  id: string,
  acquiredAt: number,
  quantity: string,
  cost: string | null,
  baseCost: SameOrText,
  entryWorth: SameOrText,
  settledWorth: string,
];

/** The worth in the portfolio's currency is compared with the amount. */
type MoveData =
  | readonly [at: number, amount: string, base: SameOrText]
  | readonly [at: number, amount: string, base: SameOrText, settlesAt: number];

interface HoldingData {
  readonly instrument: number;
  readonly quantity: string;
  readonly wasHeld: boolean;
  readonly lots: readonly LotData[];
  readonly events: readonly number[];
  readonly realizedLocal: SumText;
  /** `=`: the very sum that was realized in the position's currency. */
  readonly realized: SumText;
  readonly realizedBefore: ReadonlyArray<readonly [currency: string, realized: SumText]>;
  readonly realizedFx: SumText;
  readonly income: SumText;
  readonly expenses: SumText;
}

interface CashData {
  readonly currency: string;
  readonly balance: string;
  /** Known part and whether a part is unknown. */
  readonly base: readonly [known: SameOrText, hasUnknown: boolean];
  readonly recent: readonly MoveData[];
  readonly unsettled: readonly MoveData[];
}

/** An account as plain data. Digits after the point are kept, also zeros. */
export interface AccountData {
  readonly instruments: readonly InstrumentData[];
  readonly events: readonly EventData[];
  /** In the order of their first entries. */
  readonly holdings: readonly HoldingData[];
  readonly cash: readonly CashData[];
  readonly sums: readonly SumText[];
}

const SUMS = ['income', 'fees', 'taxes', 'expenses', 'netContributions', 'gainedElsewhere'] as const;

/** An account as plain data: {@link accountOf} makes the same one of it. */
export function accountData(account: Account): AccountData {
  const instruments = new InstrumentTable(account.find);
  const events = new EventTable(instruments);
  return {
    holdings: [...account.holdings.values()].map((holding) => holdingData(holding, instruments, events)),
    cash: [...account.cash].map(([currency, cash]) => cashData(currency, cash)),
    sums: SUMS.map((name) => sumText(account[name])),
    instruments: instruments.data,
    events: events.data,
  };
}

/** The account of {@link accountData}. @throws for what is not its result. */
export function accountOf(
  data: AccountData,
  currency: string,
  costMethod: CostMethod,
  find: InstrumentFinder,
): Account {
  const account = new Account(currency, costMethod, find);
  const instrument = instrumentReader(data.instruments, find);
  const events = eventReader(data.events, instrument);
  for (const each of data.holdings) {
    const holding = holdingOf(each, instrument, events);
    account.holdings.set(holding.symbol, holding);
  }
  for (const each of data.cash) account.cash.set(each.currency, cashOf(each));
  SUMS.forEach((name, at) => (account[name] = sumOf(data.sums[at]!)));
  return account;
}

function holdingData(holding: Holding, instruments: InstrumentTable, events: EventTable): HoldingData {
  const { realizedLocal, realized } = holding;
  return {
    instrument: instruments.add(holding.instrument),
    quantity: holding.quantity.toString(),
    wasHeld: holding.wasHeld,
    lots: holding.lots.map(lotData),
    events: events.add(holding.events),
    realizedLocal: sumText(realizedLocal),
    realized: realized === realizedLocal ? '=' : sumText(realized),
    realizedBefore: holding.realizedBefore.map(([currency, sum]) => [currency, sumText(sum)]),
    realizedFx: sumText(holding.realizedFx),
    income: sumText(holding.income),
    expenses: sumText(holding.expenses),
  };
}

function holdingOf(
  data: HoldingData,
  instrument: InstrumentReader,
  events: (places: readonly number[]) => DayEvent[],
): Holding {
  const holding = new Holding(instrument(data.instrument));
  holding.quantity = decimalOf(data.quantity);
  holding.wasHeld = data.wasHeld;
  holding.lots = data.lots.map(lotOf);
  holding.events = events(data.events);
  holding.realizedLocal = sumOf(data.realizedLocal);
  holding.realized = data.realized === '=' ? holding.realizedLocal : sumOf(data.realized);
  holding.realizedBefore = data.realizedBefore.map(([currency, sum]) => [currency, sumOf(sum)] as const);
  holding.realizedFx = sumOf(data.realizedFx);
  holding.income = sumOf(data.income);
  holding.expenses = sumOf(data.expenses);
  return holding;
}

function lotData({ id, acquiredAt, quantity, cost, baseCost, entryWorth, settledWorth }: Lot): LotData {
  return [
    id,
    acquiredAt,
    quantity.toString(),
    optionalText(cost),
    sameOrText(baseCost, cost),
    sameOrText(entryWorth, cost),
    settledWorth.toString(),
  ];
}

function lotOf([id, acquiredAt, quantity, costText, baseCost, entryWorth, settledWorth]: LotData): Lot {
  const cost = optionalDecimal(costText);
  return {
    id,
    acquiredAt,
    quantity: decimalOf(quantity),
    cost,
    baseCost: sameOrDecimal(baseCost, cost),
    entryWorth: sameOrDecimal(entryWorth, cost),
    settledWorth: decimalOf(settledWorth),
  };
}

function cashData(currency: string, { balance, base, recent, unsettled }: CashAccount): CashData {
  return {
    currency,
    balance: balance.toString(),
    base: [sameOrText(base.known, balance), base.hasUnknown],
    recent: recent.map(moveData),
    unsettled: unsettled.map(moveData),
  };
}

function cashOf({ balance: text, base: [known, hasUnknown], recent, unsettled }: CashData): CashAccount {
  const balance = decimalOf(text);
  const cash = new MovingCash();
  cash.balance = balance;
  cash.base = { known: sameOrDecimal(known, balance), hasUnknown };
  cash.recent = recent.map(moveOf);
  cash.unsettled = unsettled.map(moveOf);
  return cash;
}

function moveData({ at, amount, base, settlesAt }: CashMove): MoveData {
  const data = [at, amount.toString(), sameOrText(base, amount)] as const;
  return settlesAt === undefined ? data : [...data, settlesAt];
}

function moveOf([at, text, base, settlesAt]: MoveData): CashMove {
  const amount = decimalOf(text);
  return { at, amount, base: sameOrDecimal<Decimal | null>(base, amount), settlesAt };
}
