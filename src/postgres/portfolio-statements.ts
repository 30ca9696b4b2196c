import { ConcurrencyError, EntityNotFoundError, RepositoryError } from '../core/errors.js';
import type { Decimal } from '../core/money/decimal.js';
import type { HoldingsChanges } from '../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../core/portfolio/portfolio.js';
import type { AccountKind } from '../core/portfolio/portfolio-input.js';
import { decimalArray, nameArray, versionArray } from './array-literal.js';
import type { Row, RunStatement } from './drivers/postgres-client.js';
import { originalName, storedName } from './stored-name.js';
import type { TableNames } from './table-names.js';
import { VALUATION_COLUMNS } from './valuation-statements.js';

/** How many saves a portfolio remembers the names of. */
export const REMEMBERED_SAVES = 32;

/** One call that writes holdings. The name stays the same through all its attempts, and tells its own writes from others'. */
export interface HoldingsWrite {
  /** A name that no other call has. */
  readonly name: string;
  /** Whether an attempt before this one may have taken effect. */
  readonly isOutcomeUnknown: boolean;
}

/** Stores and loads holdings. */
export class PortfolioStatements {
  readonly #select: string;
  readonly #load: string;
  readonly #page: string;
  readonly #holders: string;
  readonly #create: string;
  readonly #change: string;
  readonly #delete: string;
  readonly #state: string;
  readonly #changes: string;

  constructor(t: TableNames) {
    this.#select = `
SELECT p.id, p.version::text, p.currency, p.account_kind,
  array_to_json(p.cash_currencies)::text, array_to_json(p.cash_amounts::text[])::text,
  array_to_json(p.realized_currencies)::text, array_to_json(p.realized_amounts::text[])::text,
  (SELECT json_agg(json_build_array(s.symbol, s.currency, s.quantity::text, s.cost_basis::text, s.realized_pnl::text)
    ORDER BY s.ordinal)::text FROM ${t.positions} s WHERE s.portfolio_id = p.id)
FROM ${t.portfolios} p WHERE p.deletion IS NULL`;
    this.#load = `${this.#select} AND p.id = ANY ($1::text[])`;
    this.#page = `${this.#select} AND p.id > $1::text COLLATE "C" ORDER BY p.id LIMIT $2::bigint`;
    this.#holders = `SELECT portfolio_id FROM ${t.positions} WHERE symbol = $1::text`;

    const set = `currency = $3::text, account_kind = $4::text, cash_currencies = $5::text[],
    cash_amounts = $6::numeric[], realized_currencies = $7::text[], realized_amounts = $8::numeric[],
    recent_saves = ($9::text || stored.recent_saves)[1:${REMEMBERED_SAVES}], changed = txid_current()`;
    this.#create = `
WITH written AS (
  INSERT INTO ${t.portfolios} AS stored (id, version, currency, account_kind, cash_currencies, cash_amounts,
    realized_currencies, realized_amounts, recent_saves, changed)
  VALUES ($1::text, $2::bigint + 1, $3::text, $4::text, $5::text[], $6::numeric[], $7::text[], $8::numeric[],
    ARRAY[$9::text], txid_current())
  ON CONFLICT (id) DO UPDATE SET version = stored.version + 1, deletion = NULL, ${set}
  WHERE stored.deletion IS NOT NULL
  RETURNING version
)${rest(t)}`;
    this.#change = `
WITH written AS (
  UPDATE ${t.portfolios} AS stored SET version = stored.version + 1, ${set}
  WHERE stored.id = $1::text AND stored.version = $2::bigint AND stored.deletion IS NULL
  RETURNING version
)${rest(t)}`;
    // The row of the valuation stays, emptied: see ValuationStatements.
    this.#delete = `
WITH written AS (
  UPDATE ${t.portfolios} SET deletion = $3::text, cash_currencies = '{}', cash_amounts = '{}',
    realized_currencies = '{}', realized_amounts = '{}', changed = txid_current()
  WHERE id = $1::text AND version = $2::bigint AND deletion IS NULL
  RETURNING id
), closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = written.id
), emptied AS (
  UPDATE ${t.valuations} v SET holdings_version = NULL,
    ${VALUATION_COLUMNS.map((name) => `${name} = NULL`).join(', ')}
  FROM written WHERE v.portfolio_id = written.id
)
SELECT id FROM written`;
    // A transaction that is not seen here is not older than the oldest one under way, so the next call finds it, in whatever
    // order transactions commit.
    this.#changes = `
SELECT txid_snapshot_xmin(txid_current_snapshot())::text, (txid_snapshot_xmax(txid_current_snapshot()) < $1::bigint)::text,
  (SELECT json_agg(json_build_array(id, CASE WHEN deletion IS NULL THEN version END))::text
    FROM ${t.portfolios} WHERE changed >= $1::bigint)`;
    this.#state = `
SELECT version::text, deletion, array_position(recent_saves, $2::text)::text FROM ${t.portfolios} WHERE id = $1::text`;
  }

  /** Those of the ids that exist. */
  async load(query: RunStatement, ids: readonly string[]): Promise<Portfolio[]> {
    return (await query(this.#load, [nameArray(ids)])).map(portfolioOf);
  }

  /** The next portfolios in the order of their stored ids, after that of the last one. */
  async page(query: RunStatement, after: Portfolio | null, size: number): Promise<Portfolio[]> {
    const last = after === null ? '' : storedName(after.id);
    return (await query(this.#page, [last, String(size)])).map(portfolioOf);
  }

  /** Ids of those that hold the symbol. */
  async holders(query: RunStatement, symbol: string): Promise<string[]> {
    return (await query(this.#holders, [storedName(symbol)])).map(([id]) => originalName(id!));
  }

  /** What has changed since. */
  async changes(query: RunStatement, since: string | null): Promise<HoldingsChanges> {
    const isCursor = since === null || /^\d{1,18}$/.test(since);
    const [row] = await query(this.#changes, [isCursor ? since : null]);
    const listed = JSON.parse(row![2] ?? '[]') as [string, number | null][];
    return {
      cursor: row![0]!,
      portfolios: listed.map(([id, version]) => [originalName(id), version]),
      isReset: !isCursor || row![1] === 'true',
    };
  }

  /** Stores holdings, and gives the version they have now. @throws as `PortfolioRepository.save`. */
  async save(query: RunStatement, portfolio: Portfolio, write: HoldingsWrite): Promise<number> {
    const statement = portfolio.version === 0 ? this.#create : this.#change;
    const [written] = await query(statement, saveParameters(portfolio, write.name));
    if (written) return Number(written[0]);
    const { id, version } = portfolio;
    const state = await this.#stateOf(query, id, write.name);
    if (state?.savedVersion != null) return state.savedVersion;
    if (write.isOutcomeUnknown && state && state.version - version > REMEMBERED_SAVES) throw tooLate(id);
    if (version === 0 && state) throw new ConcurrencyError(id, version, state.version);
    throw refusal(id, version, state);
  }

  /** Deletes a portfolio. @throws as `PortfolioRepository.delete`. */
  async delete(query: RunStatement, id: string, version: number, write: HoldingsWrite): Promise<void> {
    const parameters = [storedName(id), versionArray([version], 'delete: expectedVersion').slice(1, -1)];
    if ((await query(this.#delete, [...parameters, write.name])).length > 0) return;
    const state = await this.#stateOf(query, id, write.name);
    if (state?.deletion !== write.name) throw refusal(id, version, state);
  }

  async #stateOf(query: RunStatement, id: string, name: string): Promise<State | null> {
    const [row] = await query(this.#state, [storedName(id), name]);
    if (!row) return null;
    const version = Number(row[0]);
    const position = row[2];
    return {
      version,
      deletion: row[1] ?? null,
      savedVersion: position == null ? null : version - Number(position) + 1,
    };
  }
}

interface State {
  readonly version: number;
  readonly deletion: string | null;
  /** The version that this very call has stored, where it has. */
  readonly savedVersion: number | null;
}

// Positions that stay as they are keep their row and its version.
function rest(t: TableNames): string {
  return `, held AS (
  SELECT written.version, given.* FROM written, unnest($10::text[], $11::text[], $12::numeric[], $13::numeric[],
    $14::numeric[]) WITH ORDINALITY AS given (symbol, currency, quantity, cost_basis, realized_pnl, ordinal)
), closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = $1::text AND s.symbol <> ALL ($10::text[])
), opened AS (
  INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, ordinal, version, currency, quantity, cost_basis,
    realized_pnl)
  SELECT $1::text, symbol, ordinal, version, currency, quantity, cost_basis, realized_pnl FROM held
  ON CONFLICT (portfolio_id, symbol) DO UPDATE SET ordinal = excluded.ordinal, version = excluded.version,
    currency = excluded.currency, quantity = excluded.quantity, cost_basis = excluded.cost_basis,
    realized_pnl = excluded.realized_pnl
  WHERE (stored.ordinal, stored.currency, stored.quantity, stored.cost_basis, stored.realized_pnl) IS DISTINCT FROM
    (excluded.ordinal, excluded.currency, excluded.quantity, excluded.cost_basis, excluded.realized_pnl)
), revised AS (
  INSERT INTO ${t.valuations} (portfolio_id, holdings_version) SELECT $1::text, version FROM written
  ON CONFLICT (portfolio_id) DO UPDATE SET holdings_version = excluded.holdings_version
)
SELECT version::text FROM written`;
}

function saveParameters(portfolio: Portfolio, name: string): string[] {
  const { id, version, currency, accountKind, positions } = portfolio;
  return [
    storedName(id),
    String(version),
    storedName(currency),
    accountKind,
    ...amountParameters(portfolio.cash),
    ...amountParameters(portfolio.realizedPnl),
    name,
    nameArray(positions.map((position) => position.symbol)),
    nameArray(positions.map((position) => position.currency)),
    decimalArray(positions.map((position) => position.quantity)),
    decimalArray(positions.map((position) => position.costBasis)),
    decimalArray(positions.map((position) => position.realizedPnl)),
  ];
}

function amountParameters(amounts: ReadonlyMap<string, Decimal>): [string, string] {
  return [nameArray([...amounts.keys()]), decimalArray([...amounts.values()])];
}

function refusal(id: string, version: number, state: State | null): Error {
  if (!state) return new EntityNotFoundError(id);
  if (state.deletion !== null) return new EntityNotFoundError(id, 'PORTFOLIO_DELETED');
  return new ConcurrencyError(id, version, state.version);
}

function tooLate(id: string): RepositoryError {
  return new RepositoryError(
    `The connection was cut while ${JSON.stringify(id)} was being saved, and more than ${REMEMBERED_SAVES} saves by others ` +
      'followed before it could be asked what became of it. Load it and look before doing it again.',
    { retryable: false },
  );
}

function portfolioOf(row: Row): Portfolio {
  const [id, version, currency, accountKind, cashCurrencies, cash, realizedCurrencies, realized] =
    row as string[];
  const positions = JSON.parse(row[8] ?? '[]') as [string, string, string, string, string][];
  return Portfolio.fromSnapshot({
    id: originalName(id!),
    version: Number(version),
    currency: originalName(currency!),
    accountKind: accountKind as AccountKind,
    cash: amountsOf(cashCurrencies!, cash!),
    realizedPnl: amountsOf(realizedCurrencies!, realized!),
    positions: positions.map(([symbol, positionCurrency, quantity, costBasis, realizedPnl]) => ({
      symbol: originalName(symbol),
      currency: originalName(positionCurrency),
      quantity,
      costBasis,
      realizedPnl,
    })),
  });
}

function amountsOf(currencies: string, amounts: string): Record<string, string> {
  const texts = JSON.parse(amounts) as string[];
  return Object.fromEntries(
    (JSON.parse(currencies) as string[]).map((currency, index) => [originalName(currency), texts[index]!]),
  );
}
