import { attempt } from '../../core/error-reporter.js';
import type { Logger } from '../../core/logger.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { PostgresFailure, connectionFate } from '../failure.js';
import { PgPoolGenerations } from './pg-pool-generations.js';
import { onPoolErrors } from './pg-pool-errors.js';
import {
  commitFailure,
  END_CONNECTION,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
  throwBeginFailure,
} from './postgres-client.js';
import type { PgConnection, PgPool, PgQuery } from './postgres-pool.js';

/** A pool of node-postgres. */
export class PgPoolClient implements PostgresClient {
  readonly kind = 'pg';
  readonly #generations: PgPoolGenerations;
  readonly #onError: (error: Error) => void;
  readonly #unsubscribe: Unsubscribe;
  #connectionErrors = 0;

  constructor(pool: PgPool, logger?: Logger) {
    this.#generations = new PgPoolGenerations(pool);
    this.#onError = (error) => {
      this.#connectionErrors++;
      const failure = PostgresFailure.of(error);
      attempt(() => logger?.warn({ error: failure }, 'A connection to PostgreSQL failed; it is replaced.'));
    };
    this.#unsubscribe = onPoolErrors(pool, this.#onError);
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
        await connection.query(`BEGIN;${begin}`).catch(throwBeginFailure);
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
    this.#unsubscribe();
    this.#generations.close();
  }

  async #onConnection<Result>(
    { isTransaction, signal }: { readonly isTransaction: boolean; readonly signal?: AbortSignal | undefined },
    work: (connection: PgConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#generations.take();
    // The pool listens to idle connections only.
    connection.on('error', this.#onError);
    let isReleased = false;
    const release = (failure?: Error): void => {
      if (isReleased) return;
      isReleased = true;
      connection.release(failure);
    };
    // Destroying the connection ends a statement that gets no answer, and frees its place in the pool.
    const destroy = (): void => release(new Error('The transaction exceeded its time limit.'));
    if (signal?.aborted) destroy();
    signal?.addEventListener('abort', destroy, { once: true });
    let failure: Error | undefined;
    try {
      return await work(connection);
    } catch (error) {
      const cause = PostgresFailure.of(error);
      if (connectionFate(cause) === 'elsewhere') this.#generations.failedOver();
      failure = isReleased ? undefined : await rollBack(connection, cause, isTransaction);
      throw error;
    } finally {
      signal?.removeEventListener('abort', destroy);
      release(failure);
      // A destroyed connection may still report its end.
      if (!failure && !signal?.aborted) connection.removeListener('error', this.#onError);
    }
  }
}

// Ends the failed transaction. Returns an error if the connection must not return to the pool.
async function rollBack(
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

// Overrides the parsers that the caller has given the pool.
const AS_TEXT = { getTypeParser: () => (value: string) => value };

function statement(text: string, parameters: readonly (string | null)[] = []): PgQuery {
  return { text, values: [...parameters], rowMode: 'array', types: AS_TEXT };
}

async function rowsOf(answer: Promise<{ readonly rows: unknown[] }>): Promise<Row[]> {
  return (await answer).rows as Row[];
}
