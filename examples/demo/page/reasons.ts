import type { EndReason, PortfolioValue, PositionRow, PositionsView, RefusalReason } from 'tickmark/client';
import type { Messages } from './messages-en.js';

/** What may be missing for a row, in the order in which it is named. */
type RowNeed = 'price' | 'rate' | 'cost' | 'close' | 'base' | 'whole';

const ROW_NEEDS = {
  marketValue: ['price', 'rate'],
  unrealizedPnl: ['price', 'rate', 'cost'],
  unrealizedPnlPct: ['price', 'rate', 'cost', 'base'],
  breakEvenPrice: ['cost'],
  realizedPnl: ['cost'],
  dayPnl: ['price', 'rate', 'close'],
  dayChangePct: ['price', 'close'],
  weight: ['price', 'rate', 'whole'],
} as const satisfies Partial<Record<keyof PositionRow, readonly RowNeed[]>>;

/** Figures of a row that may be unknown. */
export type RowFigure = keyof typeof ROW_NEEDS;

/** Why a figure of a row is unknown; `null` if it is known. @param currency The portfolio's. */
export function whyOfRow(
  figure: RowFigure,
  row: PositionRow,
  currency: string,
  say: Messages,
): string | null {
  if (row[figure] !== null) return null;
  const { symbol, local } = row;
  const isMissing: Readonly<Record<RowNeed, boolean>> = {
    price: row.price === null,
    rate: row.fx === null,
    cost: row.costBasis === null,
    close: row.dayPnl === null,
    base: false,
    whole: false,
  };
  const needs: readonly RowNeed[] = ROW_NEEDS[figure];
  const need = needs.find((each) => isMissing[each]) ?? needs.at(-1)!;
  return {
    price: say.unpriced(symbol),
    rate: say.unconverted(local.currency, currency),
    cost: say.noCost(symbol),
    close: say.noPreviousClose(symbol),
    base: say.noBase,
    whole: say.noWhole,
  }[need];
}

/** Totals that may be unknown. */
export type Total = keyof typeof TOTAL_NEEDS;

type TotalNeed = 'price' | 'rate' | 'cost' | 'closings' | 'entries' | 'close' | 'base' | 'equity';

const WORTH = ['price', 'rate'] as const;

const TOTAL_NEEDS = {
  marketValue: WORTH,
  equity: WORTH,
  cash: ['rate'],
  unrealizedPnl: [...WORTH, 'cost'],
  unrealizedPnlPct: [...WORTH, 'cost', 'base'],
  pricePnl: [...WORTH, 'cost'],
  fxPnl: [...WORTH, 'cost'],
  realizedPnl: ['closings'],
  income: ['entries'],
  expenses: ['entries'],
  totalPnl: [...WORTH, 'cost', 'closings', 'entries'],
  dayPnl: [...WORTH, 'close'],
  dayPnlPct: [...WORTH, 'close', 'equity'],
  grossExposure: WORTH,
  netExposure: WORTH,
  leverage: [...WORTH, 'equity'],
} as const satisfies Partial<Record<keyof PortfolioValue, readonly TotalNeed[]>>;

/** Why a total is unknown; `null` if it is known. Without rows, those of which something is missing are not named. */
export function whyOfTotal(
  figure: Total,
  {
    totals,
    rows = [],
    closed = [],
    cashBalances = [],
  }: Pick<PositionsView, 'totals'> & Partial<PositionsView>,
  say: Messages,
): string | null {
  if (totals![figure] !== null) return null;
  const { unpriced, unconverted, unknownCost, currency, dayPnl } = totals!;
  const all = [...rows, ...closed];
  const named = (names: readonly string[] | null, sentence: (names: string) => string): string | null =>
    names?.length ? sentence(names.join(', ')) : null;
  const withoutClose = all.filter((row) => row.dayPnl === null).map(({ symbol }) => symbol);
  const foreignCash = cashBalances.map((cash) => cash.currency).filter((each) => each !== currency);
  const reasons: Readonly<Record<TotalNeed, () => string | null>> = {
    price: () => named(unpriced, say.unpriced),
    rate: () => named(unconverted, (currencies) => say.unconverted(currencies, currency)),
    cost: () => named(unknownCost, say.noCost),
    closings: () =>
      named(
        all.filter((row) => row.realizedPnl === null).map(({ symbol }) => symbol),
        say.noCost,
      ),
    entries: () => say.noEntryRate,
    // Cash gains by rates, too.
    close: () =>
      dayPnl === null
        ? named(withoutClose.length > 0 ? withoutClose : foreignCash, say.noPreviousClose)
        : null,
    base: () => say.noBase,
    equity: () => say.noEquity,
  };
  for (const need of TOTAL_NEEDS[figure]) {
    const reason = reasons[need]();
    if (reason !== null) return reason;
  }
  return say.notKnown;
}

/** Why there are no rows of a portfolio. @param hasTotals Whether its totals still come. */
export function whyUnavailable(reason: RefusalReason | EndReason, hasTotals: boolean, say: Messages): string {
  return hasTotals ? `${say.noRows[reason]} ${say.onlyTotals}` : say.unavailable[reason];
}
