/**
 * One row: its columns, in order, as strings. Drivers and their users convert other types in their own ways (a NUMERIC to a
 * float64), so every statement casts each of its columns to text.
 */
export type Row = readonly (string | null)[];

/** Runs one statement; a parameter is a string or `null`, and the statement casts it. */
export type RunStatement = (text: string, parameters?: readonly (string | null)[]) => Promise<Row[]>;

/** One connection while a transaction is open on it. */
export interface PostgresTransaction {
  readonly query: RunStatement;
  /** Runs several statements without parameters, separated by semicolons. */
  readonly script: (text: string) => Promise<void>;
}

/**
 * The three drivers behind one interface. Errors are those of the driver. A transaction leaves no session state and no named
 * statement, so a pooler such as PgBouncer may share connections by transaction.
 */
export interface PostgresClient {
  /** Which driver it is. */
  readonly kind: 'pg' | 'postgres.js' | 'pglite';
  /** Runs one statement in a transaction of its own, on any connection. */
  readonly query: RunStatement;
  /**
   * Runs `begin`, a script such as SET LOCAL, and then `work` in one transaction on one connection; commits when it is
   * done and rolls back when it fails.
   * When `signal` fires, the connection is destroyed if the driver can do so; the promise may then never settle.
   * @throws CommitError when the commit failed and may have taken effect; else what failed.
   */
  transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** Errors of idle connections. They are logged and counted; the driver replaces the connection. */
  readonly connectionErrors: number;
  /** Removes its listeners from the pool, which stays open. */
  close(): void;
}

/** The transaction was being committed when the connection failed: it may have taken effect, or not. */
export class CommitError extends Error {
  constructor(cause: unknown) {
    super('The connection failed while the transaction was being committed.', { cause });
    this.name = 'CommitError';
  }
}

// Broken connections, servers that stop or crash, and a completion that the server itself does not know.
const IN_DOUBT = /^(08...|57P..|58...|XX...|40003)$/;

/**
 * The failure of a COMMIT. What the server refused explicitly, such as a deferred constraint or a serialization
 * failure, it has rolled back: that error is returned unchanged. Anything else leaves the outcome unknown.
 */
export function commitFailure(cause: unknown): unknown {
  const { code, severity } = (cause ?? {}) as { code?: unknown; severity?: unknown };
  // Errors of the server have a severity, errors of a broken connection have none.
  const isAnswer = typeof code === 'string' && typeof severity === 'string';
  return isAnswer && !IN_DOUBT.test(code) ? cause : new CommitError(cause);
}

/**
 * Rolls back and makes the server end the connection, in one message: a pooler in between would keep its connection
 * to a server that has become a standby, and reuse it.
 */
export const END_CONNECTION = 'ROLLBACK; SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())';

/** Fails the transaction on a read-only server, such as a standby: its data may be from before a failover. */
export const REFUSE_READ_ONLY =
  "SELECT 1 / (pg_catalog.current_setting('transaction_read_only') = 'off')::int;";
const DIVISION_BY_ZERO = '22012';

/** Throws the error of a transaction that did not begin. */
export function throwBeginFailure(error: unknown): never {
  if ((error as { code?: unknown } | null)?.code !== DIVISION_BY_ZERO) throw error;
  throw Object.assign(new Error('the server is read-only'), { code: '25006' });
}
