import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PostgresLock } from '../../../src/postgres/postgres-lock.js';
import {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
} from '../../../src/postgres/postgres-portfolio-repository.js';
import type { PgConnection, PgPool, PgQuery } from '../../../src/postgres/drivers/postgres-pool.js';
import { rejection } from '../../rejection.js';
import { FakePool, SENTINEL, driverError } from '../fake-pool.js';

/** A pool that keeps its connections, as that of node-postgres does: the last one returned is the first one reused. */
class KeepingPool extends EventEmitter implements PgPool {
  readonly totalCount = 1;
  /** Statements by connection, except those that begin and commit. */
  readonly sent: string[] = [];
  readonly ended: string[] = [];
  readonly #idle: PgConnection[] = [];
  readonly #fails: (connection: number) => Error | undefined;
  #made = 0;

  /** @param fails Error of the connection with that number. */
  constructor(fails: (connection: number) => Error | undefined) {
    super();
    this.#fails = fails;
  }

  query(): Promise<{ rows: unknown[] }> {
    throw new Error('A statement on a connection that nobody has looked at.');
  }

  async connect(): Promise<PgConnection> {
    return this.#idle.pop() ?? this.make();
  }

  /** Fills the pool with idle connections. */
  fill(count: number): void {
    for (let made = 0; made < count; made++) this.#idle.push(this.make());
  }

  make(): PgConnection {
    const number = this.#made++;
    const connection: PgConnection = Object.assign(new EventEmitter(), {
      query: async (statement: PgQuery | string): Promise<{ rows: unknown[] }> => {
        const text = typeof statement === 'string' ? statement : statement.text;
        if (text.startsWith('ROLLBACK; ')) this.ended.push(`${number} terminated`);
        if (/^(BEGIN|COMMIT|ROLLBACK)/.test(text)) return { rows: [] };
        this.sent.push(`${number}`);
        const failure = this.#fails(number);
        if (failure) throw failure;
        return { rows: [] };
      },
      release: (error?: Error | boolean) => {
        if (error) this.ended.push(`${number} destroyed`);
        else this.#idle.push(connection);
      },
    });
    this.emit('connect', connection);
    return connection;
  }
}

function repositoryOn(pool: PgPool, options: PostgresPortfolioRepositoryOptions = {}) {
  const clock = new FakeClock();
  return {
    clock,
    repository: new PostgresPortfolioRepository(pool, { clock, random: () => 0.5, ...options }),
  };
}

test('stops using connections that were made before a read-only error', async () => {
  const pool = new KeepingPool((number) => (number < 8 ? driverError('25006') : undefined));
  const { clock, repository } = repositoryOn(pool);
  // One connection is older than the repository, and one is newer.
  pool.fill(8);
  const loading = repository.load('p');
  await clock.advance(10);
  expect(await loading).toBe(null);
  expect(pool.sent).toEqual(['7', '8']);
  expect(pool.ended).toEqual([
    '7 terminated',
    '7 destroyed',
    ...[6, 5, 4, 3, 2, 1, 0].map((number) => `${number} destroyed`),
  ]);
  await repository.load('p');
  expect(pool.sent).toEqual(['7', '8', '8']);
});

test('notices it through a lock on the same pool, and replaces connections that are older than both', async () => {
  const pool = new KeepingPool((number) => (number < 5 ? driverError('42P01') : undefined));
  pool.fill(4);
  const { repository } = repositoryOn(pool);
  const lock = new PostgresLock(pool);
  pool.fill(1);
  expect((await rejection(lock.acquire('k'))).message).toContain('it failed');
  expect(await repository.load('p')).toBe(null);
  expect(pool.sent[0]).toBe('4');
  expect(pool.sent.slice(1).filter((number) => Number(number) < 5)).toEqual([]);
  await lock.close();
  expect(pool.listenerCount('connect')).toBe(1);
  await repository.close();
  await repository.close();
  expect(pool.listenerCount('connect')).toBe(0);
});

test('keeps the other connections when one fails', async () => {
  const failures = [driverError('08P01'), driverError('26000')];
  const pool = new KeepingPool(() => failures.shift());
  pool.fill(4);
  const { clock, repository } = repositoryOn(pool);
  const loading = repository.load('p');
  await clock.advance(10);
  await clock.advance(20);
  expect(await loading).toBe(null);
  expect(pool.sent).toEqual(['3', '2', '1']);
});

test('works with a pool that emits no connect events', async () => {
  let left = 1;
  const pool = new FakePool((text) => {
    if (text.includes('SELECT') && left-- > 0) throw driverError('25006');
    return [];
  });
  const { clock, repository } = repositoryOn(pool);
  const loading = repository.load('p');
  await clock.advance(10);
  expect(await loading).toBe(null);
  expect(pool.released).toEqual([expect.objectContaining({ code: '25006' }), undefined]);
});

test('starts no transaction on a read-only server, unless allowed', async () => {
  const begins: string[] = [];
  const pool = new FakePool(() => []);
  pool.connect = async () =>
    Object.assign(new EventEmitter(), {
      query: async (statement: PgQuery | string) => {
        if (typeof statement === 'string' && statement.startsWith('BEGIN')) {
          begins.push(statement);
          if (statement.includes('transaction_read_only')) throw driverError('22012', 'division by zero');
        }
        return { rows: [] };
      },
      release: () => undefined,
    });
  const { repository } = repositoryOn(pool, { attempts: 1 });
  expect(await rejection(repository.load('p'))).toMatchObject({
    code: 'REPOSITORY_FAILED',
    retryable: true,
    message: 'load() failed: the server is read-only (25006)',
  });
  const { repository: reader } = repositoryOn(pool, { attempts: 1, allowReadOnly: true });
  expect(await reader.load('p')).toBe(null);
  expect(begins.length).toBe(2);
});

test('logs a refusal once, until a transaction succeeds', async () => {
  let refusal: string | undefined = '28P01';
  const pool = new FakePool((text) => {
    if (text === 'CONNECT' && refusal)
      throw driverError(refusal, 'password authentication failed for user "x"');
    return [];
  });
  const logged: unknown[] = [];
  const log = (details: object): void => void logged.push(details);
  const logger = { debug: log, info: log, warn: log, error: log };
  const { repository } = repositoryOn(pool, { logger });
  for (let call = 0; call < 5; call++) {
    const error = await rejection(repository.load('p'));
    expect([error.message.includes('28P01'), error.retryable]).toEqual([true, false]);
  }
  expect(logged.length).toBe(1);
  expect(JSON.stringify(logged)).not.toContain(SENTINEL);
  refusal = undefined;
  await repository.load('p');
  refusal = '28P01';
  await rejection(repository.load('p'));
  expect(logged.length).toBe(2);
});
