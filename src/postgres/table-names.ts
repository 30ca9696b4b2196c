import { invalidArgument } from '../core/errors.js';
import { type OptionShapes } from '../core/options.js';

/** Schema and names of the tables. */
export interface TableOptions {
  /** Schema of the tables. Default `'public'`. */
  readonly schema?: string;
  /** Prefix of the name of each table. Default `'tickmark_'`. */
  readonly prefix?: string;
}

/** Names of the tables and views, schema-qualified and quoted for SQL. */
export interface TableNames {
  readonly schema: string;
  readonly portfolios: string;
  readonly positions: string;
  readonly entries: string;
  readonly instruments: string;
  readonly valuations: string;
  readonly prices: string;
  readonly actions: string;
  readonly dayCloses: string;
  readonly dayResults: string;
  readonly leases: string;
  readonly migrations: string;
  readonly positionValues: string;
  readonly portfolioValues: string;
  readonly cashBalances: string;
  /** A function. */
  readonly portfolioHash: string;
  /** Not qualified: an index is in the schema of its table. */
  readonly holdersIndex: string;
  readonly entriesIndex: string;
  readonly changesIndex: string;
  /** The number of shards is appended. */
  readonly shardsIndex: string;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
// PostgreSQL truncates names at 63 bytes; the longest suffix, and what PostgreSQL appends for a key, must fit as well.
export const LONGEST_NAME = 63;
const LONGEST_PREFIX = 32;

/**
 * Names of the tables for a schema and prefix, whose case is kept; `where` names the function in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` unless both are identifiers of letters, digits and underscores, not beginning
 * with a digit, the schema of at most 63 characters and the prefix of at most 32.
 */
export function tableNames(options: TableOptions, where: string): TableNames {
  const { schema = 'public', prefix = 'tickmark_' } = options;
  checkIdentifier(schema, LONGEST_NAME, `${where}: schema`);
  checkIdentifier(prefix, LONGEST_PREFIX, `${where}: prefix`);
  const qualified = (name: string): string => `"${schema}"."${prefix}${name}"`;
  return {
    schema: `"${schema}"`,
    portfolios: qualified('portfolios'),
    positions: qualified('positions'),
    entries: qualified('entries'),
    instruments: qualified('instruments'),
    valuations: qualified('valuations'),
    prices: qualified('prices'),
    actions: qualified('corporate_actions'),
    dayCloses: qualified('day_closes'),
    dayResults: qualified('day_results'),
    leases: qualified('leases'),
    migrations: qualified('migrations'),
    positionValues: qualified('position_values'),
    portfolioValues: qualified('portfolio_values'),
    cashBalances: qualified('cash_balances'),
    portfolioHash: qualified('portfolio_hash'),
    holdersIndex: `"${prefix}positions_symbol"`,
    entriesIndex: `"${prefix}entries_at"`,
    changesIndex: `"${prefix}portfolios_changed"`,
    shardsIndex: `"${prefix}portfolios_shard"`,
  };
}

/** Checks a name that goes into SQL. @throws TickmarkError `INVALID_ARGUMENT`, as {@link tableNames}. */
export function checkIdentifier(name: unknown, longest: number, where: string): void {
  if (typeof name === 'string' && name.length <= longest && IDENTIFIER.test(name)) return;
  throw invalidArgument(
    where,
    name,
    `letters, digits and underscores, not beginning with a digit, at most ${longest}`,
  );
}

/** What each option of the names of tables may be. */
export const TABLE_OPTIONS: OptionShapes<TableOptions> = { schema: 'string', prefix: 'string' };
