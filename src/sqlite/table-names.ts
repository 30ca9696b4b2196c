import { invalidArgument } from '../core/errors.js';

/** Names of the tables. */
export interface SqliteTableOptions {
  /** Prefix of the name of each table and view. Default `'tickmark_'`. */
  readonly prefix?: string;
}

/** Names of the tables, views and indexes, quoted for SQL. */
export interface TableNames {
  readonly migrations: string;
  readonly state: string;
  readonly portfolios: string;
  readonly positions: string;
  readonly cashBalances: string;
  readonly entries: string;
  readonly snapshots: string;
  readonly valuations: string;
  readonly prices: string;
  readonly actions: string;
  readonly instruments: string;
  readonly dayCloses: string;
  readonly dayResults: string;
  readonly portfolioValues: string;
  readonly positionValues: string;
  readonly changesIndex: string;
  readonly holdersIndex: string;
  readonly entriesIndex: string;
}

// SQLite keeps names that begin with sqlite_ to itself.
const PREFIX = /^(?!sqlite_)[a-z_][a-z0-9_]{0,31}$/i;

/**
 * Names of the tables for a prefix; `where` names the function in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` unless it is an identifier of at most 32 letters, digits and underscores.
 */
export function tableNames({ prefix = 'tickmark_' }: SqliteTableOptions, where: string): TableNames {
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
    const accepted = 'at most 32 letters, digits and underscores, not beginning with a digit or with sqlite_';
    throw invalidArgument(`${where}: prefix`, prefix, accepted);
  }
  const named = (name: string): string => `"${prefix}${name}"`;
  return {
    migrations: named('migrations'),
    state: named('state'),
    portfolios: named('portfolios'),
    positions: named('positions'),
    cashBalances: named('cash_balances'),
    entries: named('entries'),
    snapshots: named('snapshots'),
    valuations: named('valuations'),
    prices: named('prices'),
    actions: named('corporate_actions'),
    instruments: named('instruments'),
    dayCloses: named('day_closes'),
    dayResults: named('day_results'),
    portfolioValues: named('portfolio_values'),
    positionValues: named('position_values'),
    changesIndex: named('portfolios_changed'),
    holdersIndex: named('positions_symbol'),
    entriesIndex: named('entries_at'),
  };
}
