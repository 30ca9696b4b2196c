import { Decimal } from '../../../src/core/money/decimal.js';
import type { FxRate } from '../../../src/core/money/fx-rates.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { TotalsColumns } from '../../../src/core/book/totals-columns.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import type { ValuationRow } from '../../../src/core/book/valuation/row-metrics.js';
import { valueRows } from '../../../src/core/book/valuation/row-valuation.js';

const DOLLAR_IN_YEN: FxRate = {
  numerator: 1553n,
  denominator: 10n,
  path: ['USD/JPY'],
  newest: 1_699_999_998_000,
  oldest: 1_699_999_998_000,
  oldestReceivedAt: 1_699_999_998_100,
};
const NO_RATE: FxRate = {
  numerator: 1n,
  denominator: 1n,
  path: [],
  newest: 0,
  oldest: Infinity,
  oldestReceivedAt: Infinity,
};

/** Values of portfolios: complete, partly unknown, in another currency, and above 2^53 units. */
export function sampleValues(detail: 'totals' | 'positions'): PortfolioValuedBatch {
  const price = {
    price: Decimal.from('123.4567'),
    currency: 'USD',
    kind: 'last',
    source: 'feed',
    asOf: 1_699_999_999_000,
    ageMs: 12.5,
    grade: 'live',
  } as const;
  const row = (symbol: string, quantity: string, costBasis: string, costCurrency = 'USD'): ValuationRow => ({
    symbol,
    quantity: Decimal.from(quantity),
    costBasis: Decimal.from(costBasis),
    costCurrency,
    price: symbol === 'A' ? price : null,
    previousClose: symbol === 'A' ? Decimal.from('120') : null,
  });
  const portfolios = [
    { id: 'complete', currency: 'USD', accountKind: 'cash', rows: [row('A', '3', '30.5')], usd: '100.10' },
    {
      id: 'partly "unknown"',
      currency: 'JPY',
      accountKind: 'margin',
      rows: [row('A', '-2.5', '-20'), row('none', '1', '9', 'JPY')],
      usd: '5',
    },
    {
      id: 'huge',
      currency: 'USD',
      accountKind: 'cash',
      rows: [row('A', '9007199254740991', '1.25')],
      usd: '0',
    },
    { id: 'empty', currency: 'USD', accountKind: 'cash', rows: [], usd: '0' },
  ] as const;
  const values = portfolios.map(({ id, currency, accountKind, rows, usd }) =>
    valueRows({
      portfolioId: id,
      version: 3,
      currency,
      accountKind,
      cash: new Map([['USD', Decimal.from(usd)]]),
      rows,
      rate: (from) => (from === currency ? NO_RATE : DOLLAR_IN_YEN),
      now: 1_700_000_000_000,
    }),
  );
  const totals = new TotalsColumns(portfolios.length);
  values.forEach((value, row) => {
    const { marketValue, costBasis, unrealizedPnl, cash, equity, complete } = value;
    const priced = { marketValue: marketValue ?? value.priced.marketValue };
    const units = [priced.marketValue, costBasis, cash].map((amount) =>
      amount ? amount.safeUnitsAt(amount.scale) : 0,
    );
    if (units.some(Number.isNaN)) {
      totals.setOversized(row, {
        marketValue,
        priced,
        costBasis,
        unrealizedPnl,
        cash,
        equity,
        complete,
      });
      return;
    }
    const state = (marketValue ? 0 : 1) | (costBasis ? 0 : 2) | (cash ? 0 : 4);
    totals.set(row, units[0]!, units[1]!, units[2]!, state);
  });
  return new PortfolioValuedBatch(
    'values-1',
    1_700_000_000_000,
    new ListedRows(
      portfolios.map(({ id, currency, accountKind }) => ({ id, version: 3, currency, accountKind })),
      totals,
    ),
    detail === 'positions' ? values : undefined,
  );
}

/** Digits and scale of an amount. */
export const texts = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each instanceof Decimal ? String(each) : each)));
