/** The part of a `pg.Pool` of node-postgres that is used. */
export interface PgPool {
  readonly totalCount: number;
  query(config: PgQuery): Promise<{ readonly rows: unknown[] }>;
  connect(): Promise<PgConnection>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'acquire' | 'connect', listener: (connection: PgConnection) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'acquire' | 'connect', listener: (connection: PgConnection) => void): unknown;
}

/** A connection checked out of a {@link PgPool}. */
export interface PgConnection {
  query(config: PgQuery): Promise<{ readonly rows: unknown[] }>;
  query(text: string): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  /** Gives the connection back; with an error, or `true`, the pool destroys it. */
  release(error?: Error | boolean): void;
}

/** A statement as node-postgres takes it. */
export interface PgQuery {
  text: string;
  values: unknown[];
  rowMode: 'array';
  types: { getTypeParser(): (value: string) => string };
}

/** The part of postgres.js that is used inside a transaction. */
export interface PostgresJsScope {
  unsafe(text: string, parameters?: never[]): { values(): PromiseLike<unknown> };
}

/** The part that is used of the function that `postgres()` of postgres.js returns. */
export interface PostgresJsSql extends PostgresJsScope {
  (...args: never[]): unknown;
  begin(work: (scope: PostgresJsScope) => Promise<unknown>): Promise<unknown>;
}

/** The part of PGlite that is used inside a transaction. */
export interface PGliteScope {
  query(text: string, parameters?: unknown[], options?: { rowMode?: 'array' }): Promise<{ rows: unknown[] }>;
  exec(text: string): Promise<unknown>;
}

/** The part of a `PGlite`, or of a `PGliteWorker`, that is used. */
export interface PGliteDatabase extends PGliteScope {
  transaction(work: (scope: PGliteScope) => Promise<unknown>): Promise<unknown>;
}

/** Access to PostgreSQL: a `pg.Pool`, the `sql` of postgres.js, or a PGlite. tickmark never closes it. */
export type PostgresPool = PgPool | PostgresJsSql | PGliteDatabase;
