import type { Logger } from '../../core/logger.js';
import { PostgresFailure, connectionFate } from '../failure.js';
import { PgPoolAge } from './pg-pool-age.js';
import { hearPoolErrors } from './pg-pool-errors.js';
import {
  commitFailure,
  END_CONNECTION,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
  whyNotBegun,
} from './postgres-client.js';
import type { PgConnection, PgPool, PgQuery } from './postgres-pool.js';

/** A pool of node-postgres. */
export class PgPoolClient implements PostgresClient {
  readonly kind = 'pg';
  readonly #age: PgPoolAge;
  readonly #onError: (error: Error) => void;
  readonly #stopHearing: () => void;
  #connectionErrors = 0;

  constructor(pool: PgPool, logger?: Logger) {
    this.#age = new PgPoolAge(pool);
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

  query: RunStatement = (text, parameters) =>
    this.#onConnection({ isTransaction: false }, (connection) =>
      rowsOf(connection.query(statement(text, parameters))),
    );

  transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    return this.#onConnection({ isTransaction: true, signal }, async (connection) => {
      let isCommitting = false;
      try {
        await connection.query(`BEGIN;${begin}`).catch(whyNotBegun);
        const result = await work(transactionOn(connection));
        isCommitting = true;
        await connection.query('COMMIT');
        return result;
      } catch (cause) {
        throw isCommitting ? commitFailure(cause) : cause;
      }
    });
  }

  close(): void {
    this.#stopHearing();
    this.#age.close();
  }

  async #onConnection<Result>(
    { isTransaction, signal }: { readonly isTransaction: boolean; readonly signal?: AbortSignal | undefined },
    work: (connection: PgConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#age.take();
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
    try {
      return await work(connection);
    } catch (error) {
      const cause = PostgresFailure.of(error);
      if (connectionFate(cause) === 'elsewhere') this.#age.failedOver();
      failure = isReleased ? undefined : await leave(connection, cause, isTransaction);
      throw error;
    } finally {
      signal?.removeEventListener('abort', destroy);
      release(failure);
      // A destroyed connection may still report its end.
      if (!failure && !signal?.aborted) connection.removeListener('error', this.#onError);
    }
  }
}

// Leaves what a failure has left open. Gives why the connection must not return to the pool, if it must not.
async function leave(
  connection: PgConnection,
  failure: PostgresFailure,
  isTransaction: boolean,
): Promise<Error | undefined> {
  const isKept = connectionFate(failure) === 'kept';
  try {
    if (!isKept) await connection.query(END_CONNECTION);
    else if (isTransaction) await connection.query('ROLLBACK');
  } catch (error) {
    return error instanceof Error ? error : new Error('ROLLBACK failed');
  }
  return isKept ? undefined : failure;
}

function transactionOn(connection: PgConnection): PostgresTransaction {
  return {
    query: (text, parameters) => rowsOf(connection.query(statement(text, parameters))),
    script: async (text) => {
      await connection.query(text);
    },
  };
}

// Whatever parsers the caller has given the pool.
const AS_TEXT = { getTypeParser: () => (value: string) => value };

function statement(text: string, parameters: readonly (string | null)[] = []): PgQuery {
  return { text, values: [...parameters], rowMode: 'array', types: AS_TEXT };
}

async function rowsOf(answer: Promise<{ readonly rows: unknown[] }>): Promise<Row[]> {
  return (await answer).rows as Row[];
}
