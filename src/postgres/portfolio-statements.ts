import type { HoldingsChanges } from '../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../core/portfolio/portfolio.js';
import type { AccountKind } from '../core/portfolio/portfolio-input.js';
import { nameArray } from './array-literal.js';
import type { Row, RunStatement } from './drivers/postgres-client.js';
import { originalName, storedName } from './stored-name.js';
import type { TableNames } from './table-names.js';

/** Loads holdings. */
export class PortfolioStatements {
  readonly #select: string;
  readonly #load: string;
  readonly #page: string;
  readonly #holders: string;
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
    // A transaction that is not seen here is not older than the oldest one under way, so the next call finds it, in whatever
    // order transactions commit.
    this.#changes = `
SELECT txid_snapshot_xmin(txid_current_snapshot())::text, (txid_snapshot_xmax(txid_current_snapshot()) < $1::bigint)::text,
  (SELECT json_agg(json_build_array(id, CASE WHEN deletion IS NULL THEN version END))::text
    FROM ${t.portfolios} WHERE changed >= $1::bigint)`;
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
