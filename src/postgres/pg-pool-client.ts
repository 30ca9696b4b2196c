import type { Logger } from '../core/logger.js';
import { PostgresFailure } from './failure.js';
import { hearPoolErrors } from './pg-pool-errors.js';
import {
  commitFailure,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
} from './postgres-client.js';
import type { PgConnection, PgPool, PgQuery } from './postgres-pool.js';

/** A pool of node-postgres. */
export class PgPoolClient implements PostgresClient {
  readonly kind = 'pg';
  readonly query: RunStatement;
  readonly #pool: PgPool;
  readonly #onError: (error: Error) => void;
  readonly #stopHearing: () => void;
  #connectionErrors = 0;

  constructor(pool: PgPool, logger?: Logger) {
    this.#pool = pool;
    this.query = (text, parameters) => rowsOf(pool.query(statement(text, parameters)));
    this.#onError = (error) => {
      this.#connectionErrors++;
      logger?.warn(
        { error: PostgresFailure.of(error) },
        'A connection to PostgreSQL failed; it is replaced.',
      );
    };
    this.#stopHearing = hearPoolErrors(pool, this.#onError);
  }

  get connectionErrors(): number {
    return this.#connectionErrors;
  }

  async transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const connection = await this.#pool.connect();
    // The pool listens to idle connections only.
    connection.on('error', this.#onError);
    let isReleased = false;
    const release = (failure?: Error): void => {
      if (isReleased) return;
      isReleased = true;
      connection.release(failure);
    };
    // A statement that no answer comes to ends with its connection, which makes room for another.
    const destroy = (): void => release(new Error('The transaction was given up.'));
    if (signal?.aborted) destroy();
    signal?.addEventListener('abort', destroy, { once: true });
    let failure: Error | undefined;
    let isCommitting = false;
    try {
      await connection.query(`BEGIN;${begin}`);
      const result = await work(transactionOn(connection));
      isCommitting = true;
      await connection.query('COMMIT');
      return result;
    } catch (cause) {
      failure = isReleased ? undefined : await rollback(connection);
      throw isCommitting ? commitFailure(cause) : cause;
    } finally {
      signal?.removeEventListener('abort', destroy);
      release(failure);
      // A destroyed connection may still report its end.
      if (!failure && !signal?.aborted) connection.removeListener('error', this.#onError);
    }
  }

  close(): void {
    this.#stopHearing();
  }
}

function transactionOn(connection: PgConnection): PostgresTransaction {
  return {
    query: (text, parameters) => rowsOf(connection.query(statement(text, parameters))),
    script: async (text) => {
      await connection.query(text);
    },
  };
}

// A connection that cannot even roll back must not return to the pool.
async function rollback(connection: PgConnection): Promise<Error | undefined> {
  try {
    await connection.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('ROLLBACK failed');
  }
}

// Whatever parsers the caller has given the pool.
const AS_TEXT = { getTypeParser: () => (value: string) => value };

function statement(text: string, parameters: readonly (string | null)[] = []): PgQuery {
  return { text, values: [...parameters], rowMode: 'array', types: AS_TEXT };
}

async function rowsOf(answer: Promise<{ readonly rows: unknown[] }>): Promise<Row[]> {
  return (await answer).rows as Row[];
}
