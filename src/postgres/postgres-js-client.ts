import { isConnectionCode } from './failure.js';
import {
  commitFailure,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
} from './postgres-client.js';
import type { PostgresJsScope, PostgresJsSql } from './postgres-pool.js';

/**
 * The `sql` of postgres.js. It reports broken connections to whoever waits, and replaces idle ones silently.
 *
 * Up to 3.4.9 at least, it rolls a transaction back on a connection that is gone, which ends the process with an uncaught
 * TypeError, or runs what is left of the transaction within another's (porsager/postgres#1208, #1216). So once its
 * connection breaks, a transaction here sends nothing any more and does not come back to postgres.js, which gives it up by
 * itself when it sees the connection close.
 */
export class PostgresJsClient implements PostgresClient {
  readonly kind = 'postgres.js';
  readonly connectionErrors = 0;
  readonly query: RunStatement;
  readonly #sql: PostgresJsSql;

  constructor(sql: PostgresJsSql) {
    this.#sql = sql;
    this.query = runOn(sql);
  }

  async transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
  ): Promise<Result> {
    let isOver = false;
    let isCommitting = false;
    try {
      const result = await this.#sql.begin(async (scope) => {
        const run = runOn(scope);
        const query: RunStatement = async (text, parameters) => {
          if (isOver) return never();
          return run(text, parameters).catch((error: unknown) => {
            if (endsConnection(error)) return never<Row[]>();
            throw error;
          });
        };
        const script = async (text: string): Promise<void> => {
          await query(text);
        };
        if (begin !== '') await script(begin);
        const done = await work({ query, script });
        isCommitting = true;
        // Wrapped, since postgres.js takes a list for one of queries and waits for each.
        return { done };
      });
      return (result as { done: Result }).done;
    } catch (cause) {
      throw isCommitting ? commitFailure(cause) : cause;
    } finally {
      isOver = true;
    }
  }

  close(): void {}
}

function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}

// The server ends a connection with what it calls FATAL; whatever is not the server's comes from the connection itself.
function endsConnection(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (severity !== undefined) return severity === 'FATAL' || severity === 'PANIC';
  return typeof code === 'string' && isConnectionCode(code);
}

function runOn(scope: PostgresJsScope): RunStatement {
  return async (text, parameters = []) => [
    ...((await scope.unsafe(text, parameters as never[]).values()) as Row[]),
  ];
}
