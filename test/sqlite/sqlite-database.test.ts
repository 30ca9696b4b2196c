import { describe, expect, test } from 'vitest';
import type { SqliteDatabase } from '../../src/sqlite/sqlite-database.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';

class Database {
  readonly #answer: unknown;
  constructor(answer: unknown = { answer: 1 }) {
    this.#answer = answer;
  }
  exec(): void {}
  prepare() {
    return { run() {}, get: () => this.#answer, all: () => [this.#answer] };
  }
}
class Pool {
  query(): void {}
}
class Half extends Database {
  override prepare() {
    return { run() {}, get: () => ({ answer: 1 }) } as never;
  }
}
class Closed extends Database {
  override prepare(): never {
    throw new TypeError('The database connection is not open');
  }
}

const create = (database: unknown) => () => new SqlitePortfolioRepository(database as SqliteDatabase);

describe('a database', () => {
  test.each([new Database(), new Database({ answer: 1n }), new Closed()])('%o is accepted', (database) => {
    expect(create(database)).not.toThrow();
  });

  test.each([
    ['a path', 'portfolios.db', '"portfolios.db"'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a list', [], 'an array'],
    ['a class', Database, 'the function "Database": pass what it creates'],
    ['a plain object', {}, 'an object without exec() and prepare()'],
    ['a pool of another database', new Pool(), 'an object of class Pool without exec() and prepare()'],
    ['a driver without all()', new Half(), 'an object of class Half whose statements have no all()'],
    [
      'a driver with promises',
      new Database(Promise.resolve({ answer: 1 })),
      'an object of class Database whose statements do not answer at once with rows as objects',
    ],
    [
      'a driver with rows as lists',
      new Database([1]),
      'an object of class Database whose statements do not answer at once with rows as objects',
    ],
  ])('is refused where it is %s, with what was given and what is accepted', (_, given, shown) => {
    expect(create(given)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: `SqlitePortfolioRepository: database: expected an open Database of better-sqlite3 or DatabaseSync of node:sqlite, got ${shown}.`,
      }),
    );
  });
});

test.each([{ busyTimeoutMs: -1 }, { busyTimeoutMs: 0.5 }, { pageSize: 0 }, { pageSize: 1.5 }])(
  'a repository refuses %o',
  (options) => {
    const [[name]] = Object.entries(options) as [[string, number]];
    expect(() => new SqlitePortfolioRepository(new Database() as SqliteDatabase, options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(
          `SqlitePortfolioRepository: ${name}: expected a whole number`,
        ) as string,
      }),
    );
  },
);
