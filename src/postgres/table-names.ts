import { invalidArgument } from '../core/errors.js';

/** Where the tables are. */
export interface TableOptions {
  /** Schema of the tables. Default `'public'`. */
  readonly schema?: string;
  /** What the name of each table begins with. Default `'tickmark_'`. */
  readonly prefix?: string;
}

/** The tables and views, each schema-qualified and quoted, ready to stand in SQL. */
export interface TableNames {
  readonly schema: string;
  readonly portfolios: string;
  readonly positions: string;
  readonly valuations: string;
  readonly prices: string;
  readonly leases: string;
  readonly migrations: string;
  readonly positionValues: string;
  readonly portfolioValues: string;
  readonly cashBalances: string;
  /** An index lies in its table's schema, so its name is not qualified. */
  readonly holdersIndex: string;
  readonly changesIndex: string;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
// PostgreSQL cuts a name at 63 bytes; the longest suffix, and what PostgreSQL appends for a key, have to fit as well.
const LONGEST_SCHEMA = 63;
const LONGEST_PREFIX = 32;

/**
 * Checks where the tables are; `where` names the function in errors. Case is kept.
 * @throws TickmarkError `INVALID_ARGUMENT` unless both are identifiers of letters, digits and underscores, not beginning
 * with a digit, the schema of at most 63 characters and the prefix of at most 32.
 */
export function tableNames(options: TableOptions, where: string): TableNames {
  const { schema = 'public', prefix = 'tickmark_' } = options;
  checkIdentifier(schema, LONGEST_SCHEMA, `${where}: schema`);
  checkIdentifier(prefix, LONGEST_PREFIX, `${where}: prefix`);
  const qualified = (name: string): string => `"${schema}"."${prefix}${name}"`;
  return {
    schema: `"${schema}"`,
    portfolios: qualified('portfolios'),
    positions: qualified('positions'),
    valuations: qualified('valuations'),
    prices: qualified('prices'),
    leases: qualified('leases'),
    migrations: qualified('migrations'),
    positionValues: qualified('position_values'),
    portfolioValues: qualified('portfolio_values'),
    cashBalances: qualified('cash_balances'),
    holdersIndex: `"${prefix}positions_symbol"`,
    changesIndex: `"${prefix}portfolios_changed"`,
  };
}

function checkIdentifier(name: unknown, longest: number, where: string): void {
  if (typeof name === 'string' && name.length <= longest && IDENTIFIER.test(name)) return;
  throw invalidArgument(
    where,
    name,
    `letters, digits and underscores, not beginning with a digit, at most ${longest}`,
  );
}
