import { ConcurrencyError, EntityNotFoundError } from '../../core/errors.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import type { Position } from '../../core/portfolio/position.js';
import { storedEntry } from '../../core/portfolio/saving/stored-entry.js';
import { snapshotToSave } from '../../core/portfolio/saving/snapshot-to-save.js';
import type { NewSnapshot } from '../../core/portfolio/saving/stored-state.js';
import { unsavedChanges, type UnsavedChanges } from '../../core/portfolio/saving/unsaved-changes.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries, SqliteValue } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import { storedAmount, type StoredNumber } from './stored-values.js';

const POSITION_COLUMNS = [
  'ordinal',
  'currency',
  'quantity',
  'cost_basis',
  'base_cost',
  'realized_pnl',
  'price_currency',
  'factor',
  'settled_worth',
];

interface StoredState {
  readonly version: StoredNumber;
  readonly deleted: StoredNumber;
}

/** Saves and deletes holdings, within a transaction that keeps others from writing. */
export class HoldingsStatements {
  readonly #state: string;
  readonly #nextChange: string;
  readonly #put: string;
  readonly #putPosition: string;
  readonly #keepPositions: string;
  readonly #closePosition: string;
  readonly #forgetEntries: string;
  readonly #putEntry: string;
  readonly #entry: string;
  readonly #putSnapshot: string;
  readonly #dropSnapshot: string;
  readonly #clearCash: string;
  readonly #putCash: string;
  readonly #markDeleted: string;
  readonly #deleteRest: readonly string[];

  constructor(t: TableNames) {
    const columns = POSITION_COLUMNS.join(', ');
    const of = (row: string): string => POSITION_COLUMNS.map((name) => `${row}.${name}`).join(', ');
    this.#state = `SELECT version, deleted FROM ${t.portfolios} WHERE id = ?`;
    this.#nextChange = `UPDATE ${t.state} SET changes = changes + 1 RETURNING changes`;
    this.#put = `
INSERT INTO ${t.portfolios} (id, version, currency, terms, changed, deleted) VALUES (?, ?, ?, ?, ?, 0)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, currency = excluded.currency, terms = excluded.terms,
  changed = excluded.changed, deleted = 0`;
    // Positions that stay as they are keep their row and its version.
    this.#putPosition = `
INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, version, ${columns})
VALUES (?, ?, ?, ${POSITION_COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (portfolio_id, symbol) DO UPDATE SET version = excluded.version,
  ${POSITION_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}
WHERE (${of('stored')}) IS NOT (${of('excluded')})`;
    this.#keepPositions = `
DELETE FROM ${t.positions} WHERE portfolio_id = ? AND symbol NOT IN (SELECT value FROM json_each(?))`;
    this.#closePosition = `DELETE FROM ${t.positions} WHERE portfolio_id = ? AND symbol = ?`;
    this.#forgetEntries = `DELETE FROM ${t.entries} WHERE portfolio_id = ?`;
    this.#putEntry = `INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry) VALUES (?, ?, ?, ?, ?)`;
    this.#entry = `SELECT 1 FROM ${t.entries} WHERE portfolio_id = ? AND id = ?`;
    this.#putSnapshot = `INSERT OR REPLACE INTO ${t.snapshots} (portfolio_id, entries, snapshot) VALUES (?, ?, ?)`;
    this.#dropSnapshot = `DELETE FROM ${t.snapshots} WHERE portfolio_id = ?`;
    this.#clearCash = `DELETE FROM ${t.cashBalances} WHERE portfolio_id = ?`;
    this.#putCash = `INSERT INTO ${t.cashBalances} (portfolio_id, currency, amount) VALUES (?, ?, ?)`;
    this.#markDeleted = `UPDATE ${t.portfolios} SET deleted = 1, changed = ? WHERE id = ?`;
    this.#deleteRest = [t.positions, t.cashBalances, t.entries, t.snapshots, t.valuations].map(
      (table) => `DELETE FROM ${table} WHERE portfolio_id = ?`,
    );
  }

  /**
   * Stores holdings, and returns them as stored.
   * @param snapshotFrom Number of entries from which a ledger has a snapshot.
   * @throws as `PortfolioRepository.save`: some of it may then be stored, so roll back.
   */
  save(queries: SqliteQueries, portfolio: Portfolio, snapshotFrom: number): Portfolio {
    const id = storedName(portfolio.id);
    const state = queries.one<StoredState>(this.#state, id);
    // Version 0 creates a portfolio, also where one was deleted.
    if (portfolio.version !== 0 || (state && Number(state.deleted) === 0))
      checkVersion(portfolio.id, portfolio.version, state);
    const version = Number(state?.version ?? 0) + 1;
    const changes = unsavedChanges(portfolio);
    const change = this.#change(queries);
    queries.run(this.#put, id, version, storedName(portfolio.currency), termsOf(portfolio), change);
    this.#savePositions(queries, id, version, changes);
    this.#saveEntries(queries, portfolio.id, changes);
    queries.run(this.#clearCash, id);
    for (const [currency, amount] of portfolio.cash)
      queries.run(this.#putCash, id, storedName(currency), storedAmount(amount));
    const snapshot = snapshotToSave(portfolio, snapshotFrom);
    this.#saveSnapshot(queries, id, snapshot);
    return portfolio.asSaved(version, snapshot);
  }

  /** Deletes a portfolio and its valuation. @throws as `PortfolioRepository.delete`. */
  delete(queries: SqliteQueries, portfolioId: string, expected: number): void {
    const id = storedName(portfolioId);
    checkVersion(portfolioId, expected, queries.one<StoredState>(this.#state, id));
    queries.run(this.#markDeleted, this.#change(queries), id);
    for (const sql of this.#deleteRest) queries.run(sql, id);
  }

  #change(queries: SqliteQueries): number {
    return Number(queries.one<{ changes: StoredNumber }>(this.#nextChange)!.changes);
  }

  #savePositions(
    queries: SqliteQueries,
    id: string,
    version: number,
    { isWhole, positions, closed }: UnsavedChanges,
  ): void {
    const symbols = positions.map(({ position }) => storedName(position.symbol));
    if (isWhole) queries.run(this.#keepPositions, id, JSON.stringify(symbols));
    for (const symbol of closed) queries.run(this.#closePosition, id, storedName(symbol));
    positions.forEach(({ place, position }, index) => {
      queries.run(this.#putPosition, id, symbols[index]!, version, ...positionValues(position, place));
    });
  }

  // A portfolio loaded from here, or saved here: what is added to its ledger. Any other: the whole ledger, replacing the stored one.
  #saveEntries(queries: SqliteQueries, portfolioId: string, changes: UnsavedChanges): void {
    const { isWhole, entries, firstOrdinal } = changes;
    const id = storedName(portfolioId);
    if (isWhole) queries.run(this.#forgetEntries, id);
    entries.forEach((entry, index) => {
      const entryId = storedName(entry.id);
      if (!isWhole && queries.one(this.#entry, id, entryId)) throw storedEntry(portfolioId, entry.id);
      queries.run(this.#putEntry, id, entryId, firstOrdinal + index, entry.at, JSON.stringify(entry));
    });
  }

  #saveSnapshot(queries: SqliteQueries, id: string, snapshot: NewSnapshot | null): void {
    if (!snapshot) return;
    const { text, entries } = snapshot;
    if (text === null) queries.run(this.#dropSnapshot, id);
    else queries.run(this.#putSnapshot, id, entries, text);
  }
}

// One for each of POSITION_COLUMNS.
function positionValues(position: Position, ordinal: number): SqliteValue[] {
  const { currency, quantity, costBasis, baseCost, realizedPnl, instrument, holding } = position;
  return [
    ordinal,
    storedName(currency),
    storedAmount(quantity),
    storedAmount(costBasis),
    storedAmount(baseCost),
    storedAmount(realizedPnl),
    storedName(instrument.currency),
    // The view has no formula for the worth of inverse contracts.
    instrument.inverse ? null : storedAmount(instrument.factor),
    storedAmount(holding.settledWorth),
  ];
}

function termsOf(portfolio: Portfolio): string {
  const { costMethod, tags, instruments } = portfolio.terms;
  return JSON.stringify({ costMethod, tags, instruments });
}

function checkVersion(id: string, expected: number, state: StoredState | undefined): void {
  if (!state) throw new EntityNotFoundError(id);
  if (Number(state.deleted) === 1) throw new EntityNotFoundError(id, 'PORTFOLIO_DELETED');
  const actual = Number(state.version);
  if (actual !== expected) throw new ConcurrencyError(id, expected, actual);
}
