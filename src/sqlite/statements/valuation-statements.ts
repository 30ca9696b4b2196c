import { checkNumber } from '../../core/options.js';
import {
  STREAMED_FIGURES,
  mapFigures,
  type StreamedFigure,
} from '../../core/portfolio/figures/portfolio-totals.js';
import type { ValuationOutcome, ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import { valuationOutcome } from '../../core/portfolio/valuation-outcome.js';
import type { SqliteQueries, SqliteValue } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import { amountOf, checkTime, numberOf, storedAmount, type StoredNumber } from './stored-values.js';

/** Name of the column of a figure, in the table and in the view. */
export function columnOf(figure: StreamedFigure): string {
  return figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const FIGURE_COLUMNS = STREAMED_FIGURES.map(columnOf);
const COLUMNS = [
  'portfolio_id',
  'version',
  'price_order',
  'basis',
  'valued_at',
  'price_time',
  'received_at',
  'live_until',
  'currency',
  ...FIGURE_COLUMNS,
  'priced_market_value',
  'complete',
  'missing',
];

interface ValuationRow extends Readonly<Record<string, string | StoredNumber | null>> {
  readonly portfolio_id: string;
  readonly version: StoredNumber;
  readonly price_order: string;
  readonly basis: string;
  readonly valued_at: StoredNumber;
  readonly price_time: StoredNumber;
  readonly received_at: StoredNumber | null;
  readonly live_until: StoredNumber | null;
  readonly currency: string;
  readonly priced_market_value: string | null;
  readonly complete: StoredNumber;
  readonly missing: string | null;
}

/** Stores and loads valuations. */
export class ValuationStatements {
  readonly #holdings: string;
  readonly #load: string;
  readonly #put: string;

  constructor({ valuations, portfolios }: TableNames) {
    this.#holdings = `SELECT version FROM ${portfolios} WHERE id = ? AND deleted = 0`;
    this.#load = `SELECT ${COLUMNS.join(', ')} FROM ${valuations} WHERE portfolio_id = ?`;
    this.#put = `
INSERT INTO ${valuations} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (portfolio_id) DO UPDATE SET ${COLUMNS.slice(1)
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}`;
  }

  /** Stores a valuation where it may replace the stored one, within a transaction that keeps others from writing. */
  save(queries: SqliteQueries, record: ValuationRecord): ValuationOutcome {
    const holdings = queries.one<{ version: StoredNumber }>(this.#holdings, storedName(record.portfolioId));
    if (!holdings) return 'missing';
    const stored = this.load(queries, record.portfolioId) ?? undefined;
    const outcome = valuationOutcome(record, Number(holdings.version), stored);
    if (outcome === 'saved') queries.run(this.#put, ...valuesOf(record));
    return outcome;
  }

  /** The stored valuation; `null` if there is none. */
  load(queries: SqliteQueries, portfolioId: string): ValuationRecord | null {
    const row = queries.one<ValuationRow>(this.#load, storedName(portfolioId));
    return row ? recordOf(row) : null;
  }
}

/** Checks the numbers of a valuation. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkValuation(record: ValuationRecord): void {
  const where = (field: string): string => `saveValuations: ${field}`;
  checkNumber(where('version'), record.version, { from: 0, isWhole: true });
  checkTime(where('valuedAt'), record.valuedAt);
  checkTime(where('priceTime'), record.priceTime);
  if (record.receivedAt !== null) checkTime(where('receivedAt'), record.receivedAt);
  if (record.liveUntil !== null) checkTime(where('liveUntil'), record.liveUntil);
}

// One for each of COLUMNS.
function valuesOf(record: ValuationRecord): SqliteValue[] {
  const { unpriced, unconverted } = record;
  return [
    storedName(record.portfolioId),
    record.version,
    storedName(record.priceOrder),
    storedName(record.basis),
    record.valuedAt,
    record.priceTime,
    record.receivedAt,
    record.liveUntil,
    storedName(record.currency),
    ...STREAMED_FIGURES.map((figure) => storedAmount(record[figure])),
    storedAmount(record.priced.marketValue),
    record.complete ? 1 : 0,
    unpriced.length + unconverted.length === 0 ? null : JSON.stringify({ unpriced, unconverted }),
  ];
}

function recordOf(row: ValuationRow): ValuationRecord {
  const missing = JSON.parse(row.missing ?? '{}') as Partial<ValuationRecord>;
  const amount = (column: string) => amountOf(row[column] as string | null, 'a stored valuation');
  return {
    portfolioId: originalName(row.portfolio_id),
    version: Number(row.version),
    priceOrder: originalName(row.price_order),
    basis: originalName(row.basis),
    valuedAt: Number(row.valued_at),
    priceTime: Number(row.price_time),
    receivedAt: numberOf(row.received_at),
    liveUntil: numberOf(row.live_until),
    currency: originalName(row.currency),
    ...mapFigures((_, index) => amount(FIGURE_COLUMNS[index]!)),
    priced: { marketValue: amount('priced_market_value')! },
    complete: Number(row.complete) === 1,
    unpriced: missing.unpriced ?? [],
    unconverted: missing.unconverted ?? [],
  };
}
