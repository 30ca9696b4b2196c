import { Decimal } from '../../core/money/decimal.js';
import type { ValuationOutcome, ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import { STREAMED_FIGURES, mapFigures } from '../../core/portfolio/figures/portfolio-totals.js';
import {
  booleanArray,
  decimalArray,
  nameArray,
  numberArray,
  optionalNumberArray,
  orderArray,
  packedDecimalArray,
  sparseNameArray,
  versionArray,
} from '../array-literal.js';
import type { Row, RunStatement } from '../drivers/postgres-client.js';
import { originalName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';
import {
  COLUMN_FIGURES,
  UNPACKED_FIGURES,
  columnOf,
  figureSql,
  packedOf,
  unpacked,
} from './figure-columns.js';

/** The columns beside `portfolio_id`, as parameters 2 and on. */
const COLUMNS = [
  ['version', 'bigint'],
  ['price_order', 'text'],
  ['valued_at', 'double precision'],
  ['basis', 'text'],
  ['price_time', 'double precision'],
  ['received_at', 'double precision'],
  ['live_until', 'double precision'],
  ['currency', 'text'],
  ...COLUMN_FIGURES.map((figure) => [columnOf(figure), 'numeric'] as const),
  ['packed_figures', 'text'],
  ['priced_market_value', 'numeric'],
  ['complete', 'boolean'],
  ['missing', 'text'],
] as const;
/** Names of the columns that a valuation fills. */
export const VALUATION_COLUMNS = COLUMNS.map(([name]) => name);
const NAMES = VALUATION_COLUMNS;
/** Columns that make two valuations of the same prices different. */
const FIGURES = ['basis', 'price_time', ...NAMES.slice(6)] as const;
/** What a valuation is read from, after `portfolio_id`. */
const READ = [
  ...NAMES.slice(0, 8),
  'priced_market_value',
  'complete',
  'missing',
  ...STREAMED_FIGURES.map(figureSql),
] as const;
const FIRST_FIGURE = 1 + READ.length - STREAMED_FIGURES.length;

/** Stores and loads valuations, a set at a time. */
export class ValuationStatements {
  readonly #save: string;
  readonly #versions: string;
  readonly #load: string;

  constructor(tables: TableNames, order = 'ORDER BY given.portfolio_id COLLATE "C"') {
    const { valuations: v, portfolios } = tables;
    // As numbers, since 1.50 is no other figure than 1.5.
    const figures = (of: string): string =>
      FIGURES.map((name) => (name === 'packed_figures' ? unpacked(`${of}.${name}`) : `${of}.${name}`)).join(
        ', ',
      );
    // One pass over the rows in the order of their ids: each is locked, compared as it is once it is locked, and written, so
    // that overlapping sets do not deadlock. EXISTS skips unknown portfolios. A portfolio and the row of its valuation are
    // created together and never removed, so the result of EXISTS still holds when the row is locked; portfolios change less
    // often, so the look-up there is cheaper. OFFSET 0 makes it a look-up for each row: a join is slow where the planner
    // estimates the length of the arrays badly.
    this.#save = `
WITH given AS (
  SELECT unnest($1::text[]) AS portfolio_id, ${COLUMNS.map(([name, type], n) => `unnest($${n + 2}::${type}[]) AS ${name}`).join(', ')}
), written AS (
  INSERT INTO ${v} AS stored (portfolio_id, holdings_version, ${NAMES.join(', ')})
  SELECT portfolio_id, version, ${NAMES.map((name) => (name === 'basis' ? `coalesce(basis, '')` : name)).join(', ')} FROM given
  WHERE EXISTS (SELECT FROM ${portfolios} AS known WHERE known.id = given.portfolio_id OFFSET 0)
  ${order}
  ON CONFLICT (portfolio_id) DO UPDATE SET ${NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE stored.holdings_version = excluded.version AND (
    stored.version IS DISTINCT FROM excluded.version
    OR CASE WHEN stored.basis = excluded.basis AND stored.price_order <> excluded.price_order
      THEN excluded.price_order > stored.price_order
      ELSE excluded.valued_at >= stored.valued_at
        AND (${figures('excluded')}) IS DISTINCT FROM (${figures('stored')}) END
  )
  RETURNING stored.portfolio_id
)
SELECT CASE WHEN (SELECT count(*) FROM written) < cardinality($1::text[])
  THEN (SELECT coalesce(json_agg(portfolio_id), '[]')::text FROM written) END`;
    this.#versions = `
SELECT portfolio_id, holdings_version::text, version::text FROM ${v} WHERE portfolio_id = ANY ($1::text[])`;
    this.#load = `
SELECT portfolio_id, ${READ.map((sql) => `${sql}::text`).join(', ')}
FROM ${v}, ${UNPACKED_FIGURES} WHERE portfolio_id = ANY ($1::text[]) AND version IS NOT NULL`;
  }

  /** Saves valuations of different portfolios, and returns their outcomes in the order given. */
  async save(query: RunStatement, records: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const [answer] = await query(this.#save, parametersOf(records));
    const written = answer![0];
    if (written == null) return records.map(() => 'saved');
    const saved = new Set((JSON.parse(written) as string[]).map(originalName));
    return this.#outcomes(query, records, saved);
  }

  /** The stored valuations of those that have one. */
  async load(query: RunStatement, portfolioIds: readonly string[]): Promise<ValuationRecord[]> {
    return (await query(this.#load, [nameArray(portfolioIds)])).map(recordOf);
  }

  // Rows that were not written stay locked until the transaction ends, so these are the versions that were compared.
  async #outcomes(
    query: RunStatement,
    records: readonly ValuationRecord[],
    saved: ReadonlySet<string>,
  ): Promise<ValuationOutcome[]> {
    const refused = records.flatMap(({ portfolioId }) => (saved.has(portfolioId) ? [] : portfolioId));
    const versions = await query(this.#versions, [nameArray(refused)]);
    const stored = new Map(versions.map(([id, ...rest]) => [originalName(id!), rest]));
    return records.map(({ portfolioId, version }) => {
      if (saved.has(portfolioId)) return 'saved';
      const [holdings, valued] = stored.get(portfolioId) ?? [];
      if (holdings == null) return 'missing';
      // A portfolio created since was missing when it was judged; loading it is right in that case, too.
      return Number(holdings) === version && Number(valued) === version ? 'outdated' : 'conflict';
    });
  }
}

function parametersOf(records: readonly ValuationRecord[]): string[] {
  const where = (field: string): string => `saveValuations: ${field}`;
  return [
    nameArray(records.map(({ portfolioId }) => portfolioId)),
    versionArray(
      records.map(({ version }) => version),
      where('version'),
    ),
    orderArray(records.map(({ priceOrder }) => priceOrder)),
    numberArray(
      records.map(({ valuedAt }) => valuedAt),
      where('valuedAt'),
    ),
    sparseNameArray(records.map(({ basis }) => basis)),
    numberArray(
      records.map(({ priceTime }) => priceTime),
      where('priceTime'),
    ),
    optionalNumberArray(
      records.map(({ receivedAt }) => receivedAt),
      where('receivedAt'),
    ),
    optionalNumberArray(
      records.map(({ liveUntil }) => liveUntil),
      where('liveUntil'),
    ),
    nameArray(records.map(({ currency }) => currency)),
    ...COLUMN_FIGURES.map((figure) => decimalArray(records.map((record) => record[figure]))),
    packedDecimalArray(records, packedOf),
    decimalArray(records.map(({ priced }) => priced.marketValue)),
    booleanArray(records.map(({ complete }) => complete)),
    sparseNameArray(records.map(missingText)),
  ];
}

// As JSON, since arrays within an array of PostgreSQL all have the same length.
function missingText({ unpriced, unconverted }: ValuationRecord): string | undefined {
  return unpriced.length + unconverted.length === 0 ? undefined : JSON.stringify({ unpriced, unconverted });
}

function recordOf(row: Row): ValuationRecord {
  const [id, version, priceOrder, valuedAt, basis, priceTime, receivedAt, liveUntil, currency] =
    row as string[];
  const [pricedMarketValue, complete, missingJson] = row.slice(9);
  const missing = JSON.parse(originalName(missingJson ?? '{}')) as Partial<ValuationRecord>;
  return {
    portfolioId: originalName(id!),
    version: Number(version),
    priceOrder: originalName(priceOrder!),
    basis: originalName(basis!),
    valuedAt: Number(valuedAt),
    priceTime: Number(priceTime),
    receivedAt: receivedAt == null ? null : Number(receivedAt),
    liveUntil: liveUntil == null ? null : Number(liveUntil),
    currency: originalName(currency!),
    ...mapFigures((_, index) => amount(row[FIRST_FIGURE + index]!)),
    priced: { marketValue: amount(pricedMarketValue!)! },
    complete: complete === 'true',
    unpriced: missing.unpriced ?? [],
    unconverted: missing.unconverted ?? [],
  };
}

function amount(text: string | null): Decimal | null {
  return text === null ? null : Decimal.fromTotal(text, 'a stored valuation');
}
