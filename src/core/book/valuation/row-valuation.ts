import { Decimal } from '../../money/decimal.js';
import { Fraction, roundTogether } from '../../money/fraction.js';
import { unsettledAt } from '../../portfolio/ledger/cash-account.js';
import { whole, type KnownSum } from '../../portfolio/ledger/known-sum.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import type { CashBalance, PortfolioValuation } from '../../portfolio/figures/portfolio-valuation.js';
import { Converter, type Part } from './converter.js';
import { dayProfit } from './day-profit.js';
import { portfolioTotals, type RowAmounts } from './portfolio-totals.js';
import { closedOf, positionOf } from './position-valuations.js';
import { worthOf, type RowWorth, type ValuationInput, type ValuationRow } from './valuation-input.js';

/**
 * Values a portfolio row by row. Amounts of one currency are summed exactly, converted once and rounded once, half-even; the rounded
 * sum is shared among the rows of that currency by largest remainder. So rows sum to totals, digit for digit.
 */
export function valueRows(input: ValuationInput): PortfolioValuation {
  const { rows, closed, now } = input;
  const converter = new Converter(input.currency, input.rate);
  const worths = rows.map(worthOf);
  // First, so that a rate that is missing is listed also where no other figure of the row needs it.
  const fx = worths.map(({ currency }) => converter.shown(currency, now));
  const exactValues = converter.convertExactly(worths, ({ marketValue }) => marketValue);
  const exactAccrued = converter.convertExactly(worths, ({ worth, accrued }) => worth && accrued);
  const amounts = rowAmounts(rows, { worths, exactValues }, closed, converter);
  const cash = cashOf(input, converter);
  const worthNow = exactValues.map((value, at) => value && value.plus(exactAccrued[at]!));
  const day = dayProfit(
    rows.map(({ row }) => row),
    worthNow,
    closed,
    input.cash,
    { day: input.day, dayStart: input.dayStart, converter },
  );
  const exposures = converter.bySign(worths);
  const metrics = portfolioTotals({ input, amounts, exposures, cash, day, converter });
  // Of the rows as they are shown, so that their weights add up.
  const gross = amounts.open.reduce<Decimal | null>(
    (sum, { exposure }) => sum && exposure && sum.plus(exposure.abs()),
    converter.zero,
  );
  const priced = rows.flatMap(({ price }) => (price ? [price.asOf] : []));
  return {
    portfolioId: input.portfolioId,
    version: input.version,
    valuedAt: now,
    priceTime: [...priced, ...converter.rates.map((rate) => rate.newest)].reduce(
      (newest, time) => Math.max(newest, time),
      0,
    ),
    ...metrics,
    positions: amounts.open.map((each, at) =>
      positionOf(
        rows[at]!,
        worths[at]!,
        fx[at]!,
        each,
        {
          dayPnl: day.rows[at]!,
          session: input.sessionOf(each.symbol),
          close: input.day.previousClose(rows[at]!.row.instrument),
        },
        gross,
        converter,
      ),
    ),
    closed: closed.map((row, at) =>
      closedOf(row, amounts.closed[at]!, {
        dayPnl: day.closed[at]!,
        session: input.sessionOf(row.instrument.symbol),
      }),
    ),
    cashBalances: cash,
  };
}

// Every measure of every row, rounded so that the rows of a measure sum to its total.
function rowAmounts(
  rows: readonly ValuationRow[],
  {
    worths,
    exactValues,
  }: { readonly worths: readonly RowWorth[]; readonly exactValues: ReadonlyArray<Fraction | null> },
  closed: readonly LedgerRow[],
  converter: Converter,
): {
  open: RowAmounts[];
  closed: Array<Pick<RowAmounts, 'realizedPnl' | 'realizedFxPnl' | 'income' | 'expenses'>>;
} {
  const { scale } = converter;
  const part = (at: number, amount: Fraction | null): Part =>
    amount && { currency: worths[at]!.currency, amount };
  const values = converter.convert(worths.map(({ marketValue }, at) => part(at, marketValue)));
  const exposures = converter.convert(worths.map(({ exposure }, at) => part(at, exposure)));
  const accrued = converter.convert(worths.map((worth, at) => worth.worth && part(at, worth.accrued)));
  const settlement = ({ row }: ValuationRow, amount: Decimal | null): Part =>
    amount && { currency: row.instrument.settlementCurrency, amount: Fraction.from(amount) };
  const costs = converter.round(rows.map((each) => settlement(each, each.row.baseCost)));
  // The gains of futures that were settled are cash: their rate counts there.
  const costsNow = converter.convert(
    rows.map((each) => (each.row.instrument.isFutures ? null : settlement(each, each.row.cost))),
  );
  const all = [...rows.map(({ row }) => row), ...closed];
  const realized = roundKnown(all, ({ realized: sum }) => sum, scale);
  const realizedFx = roundKnown(all, ({ realizedFx: sum }) => sum, scale);
  const income = roundKnown(all, ({ income: sum }) => sum, scale);
  const expenses = roundKnown(all, ({ expenses: sum }) => sum, scale);
  return {
    open: rows.map(({ row, price }, at): RowAmounts => {
      const { instrument } = row;
      const exactValue = exactValues[at]!;
      const exactCost = row.baseCost && Fraction.from(row.baseCost);
      return {
        symbol: row.instrument.symbol,
        grade: price?.grade ?? 'missing',
        isFutures: instrument.isFutures,
        marketValue: values[at]!,
        exposure: exposures[at]!,
        accruedInterest: accrued[at]!,
        costBasis: costs[at]!,
        costNow: costsNow[at]!,
        exactProfit: exactValue && exactCost && exactValue.minus(exactCost),
        percentBase: instrument.isFutures
          ? row.entryWorth &&
            converter.exact(Fraction.from(row.entryWorth).abs(), instrument.settlementCurrency)
          : exactCost && exactCost.abs(),
        realizedPnl: realized[at]!,
        realizedFxPnl: realizedFx[at]!,
        income: income[at]!,
        expenses: expenses[at]!,
      };
    }),
    closed: closed.map((_, index) => {
      const at = rows.length + index;
      return {
        realizedPnl: realized[at]!,
        realizedFxPnl: realizedFx[at]!,
        income: income[at]!,
        expenses: expenses[at]!,
      };
    }),
  };
}

// Sums of the portfolio's currency, rounded together; one of which a part is unknown is `null`.
function roundKnown(
  rows: readonly LedgerRow[],
  of: (row: LedgerRow) => KnownSum,
  scale: number,
): Array<Decimal | null> {
  const sums = rows.map((row) => whole(of(row)));
  if (sums.every((sum) => sum === null || sum.isZero)) {
    const zero = Decimal.ofUnits(0, scale);
    return sums.map((sum) => sum && zero);
  }
  const shares = roundTogether(
    sums.flatMap((sum) => (sum ? [Fraction.from(sum)] : [])),
    scale,
  );
  let next = 0;
  return sums.map((sum) => sum && shares[next++]!);
}

function cashOf({ cash, now }: ValuationInput, converter: Converter): CashBalance[] {
  const accounts = [...cash];
  const values = converter.convert(
    accounts.map(([currency, { balance }]) => ({ currency, amount: Fraction.from(balance) })),
  );
  return accounts.map(([currency, account], at) => ({
    currency,
    balance: account.balance,
    settledCash: account.balance.minus(unsettledAt(account, now)).trimmed(),
    value: values[at]!,
  }));
}
