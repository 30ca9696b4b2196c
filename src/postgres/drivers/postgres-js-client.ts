import { PostgresFailure, connectionFate, isConnectionCode } from '../failure.js';
import {
  commitFailure,
  END_CONNECTION,
  type PostgresClient,
  type PostgresTransaction,
  type Row,
  type RunStatement,
  throwBeginFailure,
} from './postgres-client.js';
import type { PostgresJsScope, PostgresJsSql } from './postgres-pool.js';

const ADMIN_SHUTDOWN = '57P01';

/**
 * The `sql` of postgres.js. It reports broken connections to whoever waits, and replaces idle ones silently.
 *
 * Up to 3.4.9 at least, it rolls a transaction back on a connection that is gone, which ends the process with an uncaught
 * TypeError, or runs what is left of the transaction within another's (porsager/postgres#1208, #1216). So once its
 * connection breaks, a transaction here sends nothing any more and does not come back to postgres.js, which gives it up by
 * itself when it sees the connection close.
 *
 * It offers no way to end one connection, so the server is asked to, where that has become a standby.
 */
export class PostgresJsClient implements PostgresClient {
  readonly kind = 'postgres.js';
  readonly connectionErrors = 0;
  readonly query: RunStatement;
  readonly #sql: PostgresJsSql;

  constructor(sql: PostgresJsSql) {
    this.#sql = sql;
    const run = runOn(sql);
    this.query = (text, parameters) =>
      run(text, parameters).catch((error: unknown) => {
        // A connection that was ended just now, which postgres.js gives away until it has heard of it: nothing was done there.
        if (PostgresFailure.of(error).code === ADMIN_SHUTDOWN) return run(text, parameters);
        if (endsConnection(error) || isKeptAfter(error)) throw error;
        // Where the same connection can be reached, and ended if it is one of a standby.
        return this.transaction('', ({ query }) => query(text, parameters));
      });
  }

  async transaction<Result>(
    begin: string,
    work: (transaction: PostgresTransaction) => Promise<Result>,
  ): Promise<Result> {
    let isOver = false;
    let isCommitting = false;
    let retiredBy: unknown;
    let giveUp: (error: unknown) => void = () => undefined;
    // postgres.js may never tell of the end of a connection.
    const ended = new Promise<never>((_, reject) => (giveUp = reject));
    try {
      const begun = this.#sql.begin(async (scope) => {
        const run = runOn(scope);
        const checked = (answer: Promise<Row[]>): Promise<Row[]> =>
          answer.catch((error: unknown) => {
            if (endsConnection(error)) {
              giveUp(error);
              return never<Row[]>();
            }
            if (isKeptAfter(error)) throw error;
            retiredBy = error;
            return run(END_CONNECTION).then(
              () => Promise.reject(error as Error),
              () => {
                giveUp(error);
                return never<Row[]>();
              },
            );
          });
        const query: RunStatement = async (text, parameters) => {
          if (isOver || retiredBy !== undefined) return never();
          return checked(run(text, parameters));
        };
        const script = async (text: string): Promise<void> => {
          await query(text);
        };
        if (begin !== '') await checked(run(begin).catch(throwBeginFailure));
        const done = await work({ query, script });
        isCommitting = true;
        // Wrapped, since postgres.js takes a list for one of queries and waits for each.
        return { done };
      });
      const result = await Promise.race([begun, ended]);
      return (result as { done: Result }).done;
    } catch (cause) {
      if (retiredBy !== undefined) throw retiredBy as Error;
      throw isCommitting ? commitFailure(cause) : cause;
    } finally {
      isOver = true;
    }
  }

  close(): void {}
}

// What is missing may be missing for good, and postgres.js may lose the answers of what it sends on a connection that is ended: so
// only one of a server that takes no writes is.
const MISSING = /^(42|3D|3F)/;

function isKeptAfter(error: unknown): boolean {
  const failure = PostgresFailure.of(error);
  return connectionFate(failure) === 'kept' || MISSING.test(failure.code ?? '');
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
  // Up to 3.4.9 at least, the first answer on a connection that replaces one which was ended begins with a row that is none.
  return async (text, parameters = []) =>
    [...((await scope.unsafe(text, parameters as never[]).values()) as (Row | undefined)[])].filter(
      (row): row is Row => row !== undefined && row !== null,
    );
}
