import { EventEmitter } from 'node:events';
import type { PgConnection, PgPool, PgQuery } from '../../src/postgres/drivers/postgres-pool.js';

/** An error as node-postgres throws it, with secrets that must not be logged. */
export function driverError(code: string | undefined, message = 'it failed'): Error {
  return Object.assign(new Error(message), { code, detail: SENTINEL, where: SENTINEL, query: SENTINEL });
}

/** Must not appear in errors or logs. */
export const SENTINEL = 'sentinel-pa55word';

/** A pool of node-postgres with scripted answers. */
export class FakePool extends EventEmitter implements PgPool {
  readonly totalCount = 1;
  /** Every statement in order; those that begin a transaction as BEGIN. */
  readonly sent: string[] = [];
  readonly released: unknown[] = [];
  #answer: (text: string, values: readonly unknown[]) => unknown[][] | Promise<unknown[][]>;

  constructor(answer: (text: string, values: readonly unknown[]) => unknown[][] | Promise<unknown[][]>) {
    super();
    this.#answer = answer;
  }

  async query({ text, values }: PgQuery): Promise<{ rows: unknown[] }> {
    return { rows: await this.#answer(text, values) };
  }

  async connect(): Promise<PgConnection> {
    await this.#answer('CONNECT', []);
    return Object.assign(new EventEmitter(), {
      query: async (statement: PgQuery | string): Promise<{ rows: unknown[] }> => {
        const [text, values] =
          typeof statement === 'string' ? [statement, []] : [statement.text, statement.values];
        const name = /^(BEGIN|COMMIT|ROLLBACK)/.exec(text)?.[0] ?? 'STATEMENT';
        this.sent.push(name);
        return { rows: await this.#answer(name === 'STATEMENT' ? text : name, values) };
      },
      release: (error?: Error | boolean) => void this.released.push(error),
    });
  }
}
