import {
  CommitError,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
} from './postgres-client.js';
import type { PostgresJsScope, PostgresJsSql } from './postgres-pool.js';

/** The `sql` of postgres.js. It reports broken connections to whoever waits, and replaces idle ones silently. */
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
    let isCommitting = false;
    try {
      const result = await this.#sql.begin(async (scope) => {
        if (begin !== '') await scope.unsafe(begin).values();
        const done = await work({
          query: runOn(scope),
          script: async (text) => {
            await scope.unsafe(text).values();
          },
        });
        isCommitting = true;
        // Wrapped, since postgres.js takes a list for one of queries and waits for each.
        return { done };
      });
      return (result as { done: Result }).done;
    } catch (cause) {
      throw isCommitting ? new CommitError(cause) : cause;
    }
  }

  close(): void {}
}

function runOn(scope: PostgresJsScope): RunStatement {
  return async (text, parameters = []) => [
    ...((await scope.unsafe(text, parameters as never[]).values()) as Row[]),
  ];
}
