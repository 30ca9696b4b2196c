/**
 * One row: its columns, in order, as text. Drivers and their users turn other types into what they like (a NUMERIC into a
 * float64), so every statement casts each of its columns to text.
 */
export type Row = readonly (string | null)[];

/** Runs one statement; a parameter is a text or `null`, and the statement casts it. */
export type RunStatement = (text: string, parameters?: readonly (string | null)[]) => Promise<Row[]>;

/** One connection while a transaction is open on it. */
export interface PostgresTransaction {
  readonly query: RunStatement;
  /** Runs several statements without parameters, separated by semicolons. */
  readonly script: (text: string) => Promise<void>;
}

/**
 * The three drivers as one. Errors come through as the driver gave them. Nothing outlives a transaction on the connection
 * (no session state, no named statement), so a pooler such as PgBouncer may share connections by transaction.
 */
export interface PostgresClient {
  /** Which driver it is. */
  readonly kind: 'pg' | 'postgres.js' | 'pglite';
  /** Runs one statement in a transaction of its own, on any connection. */
  readonly query: RunStatement;
  /**
   * Runs `begin`, a script such as SET LOCAL, and then `work` in one transaction on one connection; commits when it is
   * done and rolls back when it fails.
   * When `signal` fires, the connection is destroyed where the driver can: whoever fired it waits no longer.
   * @throws CommitError when the transaction was being committed and it is unknown whether it was; else what failed.
   */
  transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** Errors of connections that nobody was using. They are logged and counted; the driver replaces the connection. */
  readonly connectionErrors: number;
  /** Takes its listeners off the pool, which stays open. */
  close(): void;
}

/** The transaction was being committed when the connection failed: it may have taken effect, or not. */
export class CommitError extends Error {
  constructor(cause: unknown) {
    super('The connection failed while the transaction was being committed.', { cause });
    this.name = 'CommitError';
  }
}

// Of connections, of servers that end or crash, and of a completion that the server does not know itself.
const IN_DOUBT = /^(08...|57P..|58...|XX...|40003)$/;

/**
 * The failure of a COMMIT. What the server refused in so many words, such as a deferred constraint or a serialization
 * failure, it has rolled back: that comes back as it is. Anything else leaves the outcome unknown.
 */
export function commitFailure(cause: unknown): unknown {
  const { code, severity } = (cause ?? {}) as { code?: unknown; severity?: unknown };
  // Drivers have a severity for what the server said, and none for a broken connection.
  const isAnswer = typeof code === 'string' && typeof severity === 'string';
  return isAnswer && !IN_DOUBT.test(code) ? cause : new CommitError(cause);
}

/**
 * Leaves a transaction and ends the connection from the server's side, in one message: a pooler in between would keep its connection
 * to a server that has become a standby, and hand it to the next.
 */
export const END_CONNECTION = 'ROLLBACK; SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())';

/** Begins no transaction on a server that takes no writes: a standby, or one that was set so; its data may be of before a failover. */
export const REFUSE_READ_ONLY =
  "SELECT 1 / (pg_catalog.current_setting('transaction_read_only') = 'off')::int;";
const DIVISION_BY_ZERO = '22012';

/** Throws why a transaction did not begin. */
export function whyNotBegun(error: unknown): never {
  if ((error as { code?: unknown } | null)?.code !== DIVISION_BY_ZERO) throw error;
  throw Object.assign(new Error('the server is read-only'), { code: '25006' });
}
