import {
  commitFailure,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
} from './postgres-client.js';
import type { PGliteDatabase, PGliteScope } from './postgres-pool.js';

/** A PGlite: one connection, on which transactions take turns. */
export class PGliteClient implements PostgresClient {
  readonly kind = 'pglite';
  readonly connectionErrors = 0;
  readonly query: RunStatement;
  readonly #database: PGliteDatabase;

  constructor(database: PGliteDatabase) {
    this.#database = database;
    this.query = runOn(database);
  }

  async transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
  ): Promise<Result> {
    let isCommitting = false;
    try {
      return (await this.#database.transaction(async (scope) => {
        if (begin !== '') await scope.exec(begin);
        const result = await work({
          query: runOn(scope),
          script: async (text) => {
            await scope.exec(text);
          },
        });
        isCommitting = true;
        return result;
      })) as Result;
    } catch (cause) {
      throw isCommitting ? commitFailure(cause) : cause;
    }
  }

  close(): void {}
}

function runOn(scope: PGliteScope): RunStatement {
  return async (text, parameters = []) =>
    (await scope.query(text, [...parameters], { rowMode: 'array' })).rows as Row[];
}
