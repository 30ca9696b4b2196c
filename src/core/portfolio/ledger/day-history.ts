import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { Instrument } from '../../instruments/instrument.js';

/** How long entries are remembered for day P&L, in ms: longer than any market is closed. */
export const DAY_HISTORY_MS = 21 * 86_400_000;

/**
 * What is remembered for day P&L when something happens: forgets what is older, once that is half of the list, so that forgetting costs
 * little in the long run. Lists are by time.
 * @param at Time of the new event, ms since 1970.
 */
export function remembered<Item extends { readonly at: number }>(list: Item[], at: number): Item[] {
  const oldest = at - DAY_HISTORY_MS;
  let first = list.length >> 1;
  if (list.length === 0 || list[first]!.at >= oldest) return list;
  while (first < list.length && list[first]!.at < oldest) first++;
  return list.slice(first);
}

/** What an entry did to a position on its day. */
export interface DayEvent {
  readonly at: number;
  /** Quantity and settled worth just before. */
  readonly quantity: Decimal;
  readonly settledWorth: Decimal;
  /** Net cash of the entry in the portfolio's currency, at its rates; transfers in kind count as cash. `null`: unknown. */
  readonly cash: Decimal | null;
  /** Quantities after are those before times this: a split. */
  readonly ratio?: Fraction;
  /** Share of the value then that stays: the rest went to a spin-off. */
  readonly kept?: Fraction;
  /** Units that came from another symbol, with its value then. */
  readonly source?: DaySource;
}

/** What a rename, merger or spin-off moves to the new symbol. */
export interface DaySource {
  readonly history: PositionHistory;
  /** Share of the value then that moves. */
  readonly share: Fraction;
  /** New units for each old one. */
  readonly ratio: Fraction;
  /** Whether the old row's cash of the day moves, too: after a rename or a merger. */
  readonly movesCash: boolean;
}

/** A position with what happened to it lately. */
export interface PositionHistory {
  readonly instrument: Instrument;
  readonly quantity: Decimal;
  readonly settledWorth: Decimal;
  /** By time. */
  readonly events: readonly DayEvent[];
}

/** The previous close of an instrument; `price` is `null` when it is unknown or not of the previous session. */
export interface PreviousClose {
  /** As the instrument quotes it, in units of `unitsAt`. */
  readonly price: Fraction | null;
  /** ms since 1970: splits until then are in the price, later ones are not. Default Infinity: it is in today's units. */
  readonly unitsAt?: number;
  /** Rate to the portfolio's currency when its day ended; `null`: unknown. Default: `previousRate` of the context. */
  readonly rate?: ((currency: string) => Fraction | null) | undefined;
  /** ms since 1970: later entries are of today. */
  readonly at: number;
  /** Accrued interest then, as the instrument quotes its price. */
  readonly accrued: Fraction | null;
  /** Currency of the value then. */
  readonly currency: string;
}

/** What day P&L is measured against. */
export interface DayContext {
  readonly previousClose: (instrument: Instrument) => PreviousClose;
  /** Rate of the previous day to the portfolio's currency; `null`: unknown. */
  readonly previousRate: (currency: string) => Fraction | null;
  /** The same for cash, whose day ends at another time. */
  readonly previousCashRate: (currency: string) => Fraction | null;
}

/** Value of a row at the start of its day, and its net cash since, in the portfolio's currency; `null`: unknown. */
export interface StartOfDay {
  readonly value: Fraction | null;
  readonly cash: Fraction | null;
}

/** Value then of units as they are at the end of a history, with what they were settled at; `null`: unknown. */
type ValueOfUnits = (units: Fraction, settledWorth: Decimal) => Fraction | null;

/**
 * Finds what a row's day P&L starts from.
 * @param successor Values units of a symbol without a previous close, at that of the symbol that they have become.
 */
export function startOfDay(
  history: PositionHistory,
  context: DayContext,
  successor?: ValueOfUnits,
): StartOfDay {
  const { instrument, events } = history;
  const close = context.previousClose(instrument);
  const since = events.filter(({ at }) => at > close.at);
  const valueOfUnits: ValueOfUnits = (units, settledWorth) =>
    close.price
      ? converted(valueOf(instrument, units, settledWorth, close), close, close.rate ?? context.previousRate)
      : (successor?.(units, settledWorth) ?? null);
  const restated = (units: Fraction, later: readonly DayEvent[]) =>
    units.times(splitRatio(later, -Infinity, close.unitsAt));
  const { quantity, settledWorth } = since[0] ?? history;
  let value = quantity.isZero
    ? Fraction.ZERO
    : valueOfUnits(restated(Fraction.from(quantity), since), settledWorth);
  let cash: Fraction | null = Fraction.ZERO;
  since.forEach((event, at) => {
    cash = cash && event.cash && cash.plus(Fraction.from(event.cash));
    if (event.kept) value = value && value.times(event.kept);
    if (!event.source) return;
    const { history: old, share, ratio, movesCash } = event.source;
    // What was spun off are other units than those of its parent, which have a close of their own.
    const asNewUnits: ValueOfUnits = (units, settled) =>
      valueOfUnits(restated(units.times(ratio), since.slice(at + 1)), settled);
    const start = startOfDay(old, context, movesCash ? asNewUnits : undefined);
    value = value && start.value && value.plus(start.value.times(share));
    if (movesCash) cash = cash && start.cash && cash.plus(start.cash);
  });
  return { value, cash };
}

/** How many units the splits after one time, and until another, made of one; both ms since 1970. */
export function splitRatio(events: readonly DayEvent[], after: number, until = Infinity): Fraction {
  return events.reduce(
    (all, { at, ratio }) => (ratio && at > after && at <= until ? all.times(ratio) : all),
    Fraction.ONE,
  );
}

// What is fully paid may have been settled before: its instrument has changed since.
function valueOf(
  instrument: Instrument,
  quantity: Fraction,
  settledWorth: Decimal,
  close: PreviousClose,
): Fraction | undefined {
  const worth = worthOf(instrument, quantity, close);
  return instrument.isFutures ? worth?.minus(Fraction.from(settledWorth)) : worth;
}

function worthOf(
  instrument: Instrument,
  quantity: Fraction,
  { price, accrued }: PreviousClose,
): Fraction | undefined {
  const amount = quantity.times(Fraction.from(instrument.factor));
  if (!instrument.inverse) return amount.times(accrued ? price!.plus(accrued) : price!);
  return price!.sign > 0 ? amount.negated().dividedBy(price!) : undefined;
}

function converted(
  value: Fraction | undefined,
  { currency }: PreviousClose,
  rateOf: (currency: string) => Fraction | null,
): Fraction | null {
  const rate = value && rateOf(currency);
  return value && rate ? value.times(rate) : null;
}
