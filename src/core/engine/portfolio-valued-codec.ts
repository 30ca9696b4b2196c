import type { EventCodec } from '../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../messaging/event-data.js';
import type { EventHeader } from '../messaging/event-envelope.js';
import {
  booleanField,
  integerField,
  arrayField,
  malformed,
  nullableField,
  recordField,
  stringField,
} from '../messaging/wire-fields.js';
import { currencyOf, isKnownCurrency } from '../money/currency.js';
import type { Decimal } from '../money/decimal.js';
import { decimalField, portfolioValuationField } from '../portfolio/portfolio-valuation-fields.js';
import { PORTFOLIOS_VALUED, PortfolioValuedBatch } from './portfolio-valued-event.js';
import {
  CASH_UNKNOWN,
  COST_UNKNOWN,
  TotalsColumns,
  VALUE_UNKNOWN,
  type PortfolioTotals,
} from '../book/totals-columns.js';
import { ListedRows, type ValuedPortfolio } from '../book/valued-rows.js';

/**
 * {@link PortfolioValuedBatch} as a message. `data` has one row for each portfolio:
 *
 * | field | holds |
 * |---|---|
 * | `ids` | list of strings |
 * | `versions` | column: version of the holdings that were valued |
 * | `currencies` | list of strings, or one string for all rows |
 * | `scales` | column: scale of the currency; amounts of the row are units × 10^-scale, exactly |
 * | `marketValues` | column of units: sum of the known market values; `null` where the row is in `totals` |
 * | `unknown` | column: 1 where a market value is unknown, so that the sum above is incomplete; otherwise 0 |
 * | `costs`, `cash` | columns of units; `null` where unknown |
 * | `totals` | list of `[row, totals]` for rows that do not fit into units below 2^53; amounts as decimal strings |
 * | `valuations` | list of `PortfolioValuation`, amounts as decimal strings; left out if the batch has none |
 *
 * Profit is market value − cost, equity cash + market value. For columns see `PriceChangedCodec`.
 */
export class PortfolioValuedCodec implements EventCodec<PortfolioValuedBatch> {
  readonly type = PORTFOLIOS_VALUED;

  encode(batch: PortfolioValuedBatch, data: EventDataWriter): void {
    const { portfolios, length } = batch;
    const rows = new ColumnRows(length);
    const oversized: Array<[row: number, totals: PortfolioTotals]> = [];
    for (let row = 0; row < length; row++) {
      const { currency, version } = portfolios[row]!;
      const totals = batch.rows.totals(row);
      rows.versions[row] = version;
      if (!rows.set(row, totals, currencyOf(currency).scale)) oversized.push([row, totals]);
    }
    data.value(
      'ids',
      portfolios.map(({ id }) => id),
    );
    data.numbers('versions', rows.versions);
    data.value('currencies', oneOrList(portfolios.map(({ currency }) => currency)));
    data.numbers('scales', rows.scales);
    data.numbers('marketValues', rows.values);
    data.numbers('unknown', rows.unknown);
    data.numbers('costs', rows.costs);
    data.numbers('cash', rows.cash);
    if (oversized.length > 0) data.value('totals', oversized);
    if (batch.valuations) data.value('valuations', batch.valuations);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): PortfolioValuedBatch {
    const portfolios = readPortfolios(data);
    const { length } = portfolios;
    const totals = new TotalsColumns(length);
    const rows = ColumnRows.read(data, length);
    const listed = data.value('totals');
    const oversized = new Map(listed === undefined ? [] : oversizedField(listed, 'data.totals'));
    for (let row = 0; row < length; row++) {
      const { currency } = portfolios[row]!;
      const amounts = oversized.get(row);
      if (amounts) totals.setOversized(row, amounts);
      else rows.copyTo(row, totals, currencyOf(currency).scale);
    }
    const given = data.value('valuations');
    const valuations = given === undefined ? undefined : valuationsField(given, 'data.valuations');
    if (valuations && valuations.length !== length) {
      throw malformed('data.valuations', valuations.length, `${length} rows`);
    }
    return new PortfolioValuedBatch(id, occurredAt, new ListedRows(portfolios, totals), valuations);
  }
}

const NONE = NaN;

/** The columns of a message. */
class ColumnRows {
  readonly versions: Float64Array;
  readonly scales: Float64Array;
  readonly values: Float64Array;
  readonly unknown: Float64Array;
  readonly costs: Float64Array;
  readonly cash: Float64Array;

  constructor(length: number, column = (_name: string): Float64Array => new Float64Array(length)) {
    this.versions = column('versions');
    this.scales = column('scales');
    this.values = column('marketValues');
    this.unknown = column('unknown');
    this.costs = column('costs');
    this.cash = column('cash');
  }

  static read(data: EventDataReader, length: number): ColumnRows {
    return new ColumnRows(length, (name) => data.numbers(name, length));
  }

  /** Sets a row. @returns whether its totals fit into units. */
  set(row: number, totals: PortfolioTotals, scale: number): boolean {
    const { marketValue, priced, costBasis, cash } = totals;
    const value = unitsOf(priced.marketValue, scale);
    const cost = costBasis && unitsOf(costBasis, scale);
    const money = cash && unitsOf(cash, scale);
    const isComplete = marketValue !== null && money !== null;
    // One object where the totals come from columns. Totals from rows have two, and an equity that may hold accrued interest.
    const isWhole = marketValue === null || marketValue === priced.marketValue;
    const fits =
      isWhole &&
      totals.complete === isComplete &&
      !Number.isNaN(value) &&
      !Number.isNaN(cost) &&
      !Number.isNaN(money);
    this.scales[row] = scale;
    this.values[row] = fits ? value : NONE;
    this.unknown[row] = marketValue === null ? 1 : 0;
    this.costs[row] = fits ? (cost ?? NONE) : NONE;
    this.cash[row] = fits ? (money ?? NONE) : NONE;
    return fits;
  }

  /** Copies a row to `totals`; `scale` is that of its currency. */
  copyTo(row: number, totals: TotalsColumns, scale: number): void {
    const [value, cost, cash] = [this.values[row]!, this.costs[row]!, this.cash[row]!];
    const [hasCost, hasCash] = [!Number.isNaN(cost), !Number.isNaN(cash)];
    if (this.scales[row] !== scale)
      throw malformed(`data.scales[${row}]`, this.scales[row], `the currency's scale, ${scale}`);
    const state =
      (this.unknown[row] === 0 ? 0 : VALUE_UNKNOWN) |
      (hasCost ? 0 : COST_UNKNOWN) |
      (hasCash ? 0 : CASH_UNKNOWN);
    const outcome = totals.set(row, value, hasCost ? cost : 0, hasCash ? cash : 0, state);
    if (outcome === 'not-set') throw malformed(`data.marketValues[${row}]`, value, 'whole units');
  }
}

function unitsOf(amount: Decimal, scale: number): number {
  return amount.scale === scale ? amount.safeUnitsAt(scale) : NONE;
}

const amount = nullableField(decimalField);
const totalsField = recordField<PortfolioTotals>({
  marketValue: amount,
  priced: recordField<PortfolioTotals['priced']>({ marketValue: decimalField }),
  costBasis: amount,
  unrealizedPnl: amount,
  cash: amount,
  equity: amount,
  complete: booleanField,
});
const oversizedField = arrayField((pair, where): [number, PortfolioTotals] => {
  const [row, totals] = Array.isArray(pair) ? (pair as unknown[]) : [];
  return [integerField(row, where), totalsField(totals, where)];
});
const valuationsField = arrayField(portfolioValuationField);
const stringsField = arrayField(stringField);

function readPortfolios(data: EventDataReader): ValuedPortfolio[] {
  const ids = stringsField(data.value('ids'), 'data.ids');
  const versions = data.numbers('versions', ids.length);
  const currencies = readStrings(data, 'currencies', ids.length);
  return ids.map((id, row) => {
    const [currency, where] = [currencies[row]!, `[${row}]`];
    if (!isKnownCurrency(currency)) throw malformed(`data.currencies${where}`, currency, 'a known currency');
    return {
      id,
      version: integerField(versions[row], `data.versions${where}`),
      currency,
    };
  });
}

// Most batches have one currency.
function oneOrList(list: readonly string[]): string | readonly string[] {
  return list.length > 0 && list.every((text) => text === list[0]) ? list[0]! : list;
}

function readStrings(data: EventDataReader, name: string, length: number): readonly string[] {
  const given = data.value(name);
  if (typeof given === 'string') return new Array<string>(length).fill(given);
  const list = stringsField(given, `data.${name}`);
  if (list.length !== length) throw malformed(`data.${name}`, list.length, `${length} rows`);
  return list;
}
