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
  type RecordFields,
} from '../messaging/wire-fields.js';
import { currencyOf, isKnownCurrency } from '../money/currency.js';
import { decimalField, portfolioValuationField } from '../portfolio/figures/portfolio-valuation-fields.js';
import {
  STREAMED_FIGURES,
  type PortfolioTotals,
  type StreamedFigure,
} from '../portfolio/figures/portfolio-totals.js';
import type { PlainUnits, ValuedPortfolio, ValuedRow, ValuedRows } from '../book/valued-rows.js';
import { PORTFOLIOS_VALUED, PortfolioValuedBatch } from './portfolio-valued-event.js';
import { FigureColumns } from './figure-columns.js';

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
 * | `accruedInterest`, `unsettledCash`, `fxPnl`, `realizedPnl`, `income`, `fees`, `taxes`, `expenses`, `cashFxPnl` | columns of units; left out if all of them are 0 where they are known |
 * | `netContributions` | column of units; left out if it is cost + cash in all rows |
 * | `dayPnl` | column of units; left out if it is unknown in all rows |
 * | `unrealizedPnlPct`, `dayPnlPct` | columns of per cent × 10^4; left out if all are unknown |
 * | `shortExposure` | column of units. A message without it comes from a process that does not know exposures: they are unknown |
 * | `longExposure` | column of units; left out beside `shortExposure` if it is the market value in all rows |
 * | `totals` | list of `[row, totals]` for rows that do not fit into units below 2^53; amounts as decimal strings |
 * | `valuations` | list of `PortfolioValuation`, amounts as decimal strings; left out if the batch has none |
 *
 * The other figures follow: `unrealizedPnl` is market value − cost, `pricePnl` that less `fxPnl`, `equity` cash + market value + accrued
 * interest, `totalPnl` realized + unrealized + income − expenses + `cashFxPnl`, `grossExposure` long − short, `netExposure` long + short,
 * `leverage` gross exposure ÷ equity. For columns see `PriceChangedCodec`.
 */
export class PortfolioValuedCodec implements EventCodec<PortfolioValuedBatch> {
  readonly type = PORTFOLIOS_VALUED;

  encode(batch: PortfolioValuedBatch, data: EventDataWriter): void {
    const { rows, length } = batch;
    const columns = new FigureColumns(length);
    const ids = new Array<string>(length);
    const currencies = new Array<string>(length);
    const versions = new Float64Array(length);
    const others: Array<[row: number, totals: PortfolioTotals]> = [];
    const units = newPlainUnits();
    for (let row = 0; row < length; row++) {
      const { id, currency, version } = rows.portfolio(row);
      ids[row] = id;
      currencies[row] = currency;
      versions[row] = version;
      if (rows.plainUnits?.(row, units)) {
        columns.setPlain(row, units);
        continue;
      }
      const totals = rows.totals(row);
      if (!columns.set(row, totals, currencyOf(currency).scale)) others.push([row, totals]);
    }
    data.value('ids', ids);
    data.numbers('versions', versions);
    data.value('currencies', oneOrList(currencies));
    columns.write(data);
    if (others.length > 0) data.value('totals', others);
    if (batch.valuations) data.value('valuations', batch.valuations);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): PortfolioValuedBatch {
    const portfolios = readPortfolios(data);
    const { length } = portfolios;
    const listed = data.value('totals');
    const others = new Map(listed === undefined ? [] : othersField(listed, 'data.totals'));
    const columns = FigureColumns.read(data, length);
    portfolios.forEach(({ currency }, row) => {
      if (!others.has(row)) columns.check(row, currencyOf(currency).scale);
    });
    const given = data.value('valuations');
    const valuations = given === undefined ? undefined : valuationsField(given, 'data.valuations');
    if (valuations && valuations.length !== length) {
      throw malformed('data.valuations', valuations.length, `${length} rows`);
    }
    return new PortfolioValuedBatch(id, occurredAt, new DecodedRows(portfolios, columns, others), valuations);
  }
}

/** The rows of a message. */
class DecodedRows implements ValuedRows {
  readonly #portfolios: readonly ValuedPortfolio[];
  readonly #columns: FigureColumns;
  readonly #others: ReadonlyMap<number, PortfolioTotals>;

  constructor(
    portfolios: readonly ValuedPortfolio[],
    columns: FigureColumns,
    others: ReadonlyMap<number, PortfolioTotals>,
  ) {
    this.#portfolios = portfolios;
    this.#columns = columns;
    this.#others = others;
  }

  get length(): number {
    return this.#portfolios.length;
  }

  portfolio(row: number): ValuedPortfolio {
    return this.#portfolios[row]!;
  }

  totals(row: number): PortfolioTotals {
    return this.#others.get(row) ?? this.#columns.totals(row);
  }

  row(row: number): ValuedRow {
    const totals = this.totals(row);
    return { portfolio: this.#portfolios[row]!, totals: () => totals };
  }
}

// Older processes do not send these.
const EXPOSURES: ReadonlySet<StreamedFigure> = new Set<StreamedFigure>([
  'longExposure',
  'shortExposure',
  'grossExposure',
  'netExposure',
  'leverage',
]);
const amount = nullableField(decimalField);
const optionalAmount: typeof amount = (value, where) => (value === undefined ? null : amount(value, where));
const figureFields = Object.fromEntries(
  STREAMED_FIGURES.map((name) => [name, EXPOSURES.has(name) ? optionalAmount : amount]),
) as RecordFields<Pick<PortfolioTotals, StreamedFigure>>;
/** Reads totals of a message: amounts are decimal strings, or `null`. */
export const totalsField = recordField<PortfolioTotals>({
  ...figureFields,
  priced: recordField<PortfolioTotals['priced']>({ marketValue: decimalField }),
  complete: booleanField,
});
const othersField = arrayField((pair, where): [number, PortfolioTotals] => {
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

function newPlainUnits(): PlainUnits {
  return {
    scale: 0,
    isPriced: false,
    marketValue: 0,
    cost: 0,
    cash: 0,
    netContributions: 0,
    unrealizedPnlPct: 0,
    dayPnl: 0,
    dayPnlPct: 0,
    longExposure: 0,
    shortExposure: 0,
  };
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
