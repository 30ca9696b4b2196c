import { Decimal } from '../../money/decimal.js';
import type { PositionHistory } from './day-history.js';
import type { Holding } from './holding.js';
import { NO_SUM, type KnownSum } from './known-sum.js';
import type { Instrument } from '../../instruments/instrument.js';

/** What a valuation needs to know of one symbol of a ledger; lots are summed up. Immutable. */
export interface LedgerRow extends PositionHistory {
  readonly cost: Decimal | null;
  readonly baseCost: Decimal | null;
  readonly entryWorth: Decimal | null;
  readonly realizedLocal: KnownSum;
  readonly realized: KnownSum;
  readonly realizedFx: KnownSum;
  readonly income: KnownSum;
  readonly expenses: KnownSum;
}

/** The row of a holding. */
export function rowOf(holding: Holding): LedgerRow {
  const { instrument, quantity, settledWorth, cost, baseCost, entryWorth } = holding;
  const { realizedLocal, realized, realizedFx, income, expenses, events } = holding;
  return {
    instrument,
    quantity,
    settledWorth,
    cost: cost?.trimmed() ?? null,
    baseCost: baseCost?.trimmed() ?? null,
    entryWorth: entryWorth?.trimmed() ?? null,
    realizedLocal,
    realized,
    realizedFx,
    income,
    expenses,
    events: events.length === 0 ? NO_EVENTS : [...events],
  };
}

const NO_EVENTS: LedgerRow['events'] = Object.freeze([]);

/** Whether a row says no more than quantity and cost in the portfolio's currency. */
export function isPlainRow(row: LedgerRow, currency: string): boolean {
  const { instrument, cost, baseCost, entryWorth } = row;
  return (
    instrument.isPlain &&
    instrument.currency === currency &&
    cost !== null &&
    baseCost !== null &&
    entryWorth !== null &&
    cost.equals(baseCost) &&
    cost.equals(entryWorth) &&
    row.events.length === 0 &&
    [row.realizedLocal, row.realized, row.realizedFx, row.income, row.expenses].every(
      ({ known, hasUnknown }) => known.isZero && !hasUnknown,
    )
  );
}

/** The row of a position of which only quantity and cost are known, in the portfolio's own currency. */
export function plainRow(instrument: Instrument, quantity: Decimal, cost: Decimal): LedgerRow {
  return {
    instrument,
    quantity,
    settledWorth: Decimal.ZERO,
    cost,
    baseCost: cost,
    entryWorth: cost,
    realizedLocal: NO_SUM,
    realized: NO_SUM,
    realizedFx: NO_SUM,
    income: NO_SUM,
    expenses: NO_SUM,
    events: NO_EVENTS,
  };
}
