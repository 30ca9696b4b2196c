/** A value as SQLite has it. */
export type SqliteValue = string | number | null;

/** Runs statements within a transaction. */
export interface SqliteQueries {
  /** Runs statements without parameters. */
  exec(sql: string): void;
  /** Runs a statement without rows. */
  run(sql: string, ...parameters: SqliteValue[]): void;
  /** The first row. */
  one<Row>(sql: string, ...parameters: SqliteValue[]): Row | undefined;
  /** All rows. */
  all<Row>(sql: string, ...parameters: SqliteValue[]): Row[];
}
