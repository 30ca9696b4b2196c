import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { samplePortfolio, sampleValuation } from '../../src/conformance/portfolio-repository/sample-data.js';
import { seededRandom } from '../../src/core/random.js';
import {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
} from '../../src/postgres/postgres-portfolio-repository.js';
import { rejection } from '../rejection.js';
import { FakePool, SENTINEL, driverError } from './fake-pool.js';

const ONE_ATTEMPT = ['BEGIN', 'STATEMENT', 'ROLLBACK'];

function repositoryOn(pool: FakePool, options: PostgresPortfolioRepositoryOptions = {}) {
  const clock = new FakeClock();
  const repository = new PostgresPortfolioRepository(pool, { clock, random: () => 0.5, ...options });
  return { clock, repository };
}

// Fails the statement a given number of times, then returns no rows.
function failing(times: number, error: () => Error, at = 'SELECT'): FakePool {
  let left = times;
  return new FakePool((text) => {
    if (text.includes(at) && left-- > 0) throw error();
    return [];
  });
}

test.each([
  ...['40001', '40P01', '57P01', '57P02', '57P03', '53300', '08006', '08003', '08000', '08001', '08P01'],
  ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT'],
])('retries the whole transaction, from its first read, after error %s', async (code) => {
  const pool = failing(2, () => driverError(code));
  const { clock, repository } = repositoryOn(pool);
  const loading = repository.load('p');
  await clock.advance(10);
  await clock.advance(20);
  expect(await loading).toBe(null);
  expect(pool.sent).toEqual([...ONE_ATTEMPT, ...ONE_ATTEMPT, 'BEGIN', 'STATEMENT', 'COMMIT']);
  expect(repository.stats()).toMatchObject({ retries: 2, failures: 0, statements: 3 });
});

test.each([
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'timeout exceeded when trying to connect',
])('retries after the error without a code "%s"', async (message) => {
  const { clock, repository } = repositoryOn(failing(1, () => driverError(undefined, message)));
  const loading = repository.load('p');
  await clock.advance(10);
  expect(await loading).toBe(null);
});

test.each([
  ['23505', false],
  ['42601', false],
  ['42P01', false],
  ['28P01', false],
  ['55P03', true],
  ['57014', true],
  [undefined, false],
])('does not retry after error %s (retryable: %s)', async (code, retryable) => {
  const pool = failing(1, () => driverError(code));
  const { repository } = repositoryOn(pool);
  const error = await rejection(repository.load('p'));
  expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable });
  expect((error.cause as { code?: string }).code).toBe(code);
  expect(pool.sent).toEqual(ONE_ATTEMPT);
  expect(repository.stats()).toMatchObject({ retries: 0, failures: 1 });
});

test('asks for another connection when the server refuses one', async () => {
  const pool = failing(1, () => driverError('ECONNREFUSED'), 'CONNECT');
  const { clock, repository } = repositoryOn(pool);
  const loading = repository.load('p');
  await clock.advance(10);
  expect(await loading).toBe(null);
});

// As in node-postgres: errors of the server have a severity, those of a broken connection do not.
const answer = (code: string, severity = 'ERROR') => Object.assign(driverError(code), { severity });

test.each([
  ['a deferred constraint', () => answer('23503')],
  ['a deferred trigger', () => answer('P0001')],
  ['a full disk', () => answer('53100')],
])('reports %s at COMMIT as itself, not as an unknown outcome', async (_, error) => {
  const pool = failing(1, error, 'COMMIT');
  const { repository } = repositoryOn(pool);
  const failure = await rejection(repository.load('p'));
  expect(failure.message).not.toMatch(/may have taken effect/);
  expect(failure.cause).toMatchObject({ code: (error() as { code?: string }).code });
  expect(pool.sent).toEqual(['BEGIN', 'STATEMENT', 'COMMIT', 'ROLLBACK']);
});

test('retries a transaction after a serialization failure at COMMIT, with a known outcome', async () => {
  const pool = failing(1, () => answer('40001'), 'COMMIT');
  const { clock, repository } = repositoryOn(pool, { attempts: 2 });
  const loading = repository.load('p');
  await clock.advance(10);
  expect(await loading).toBe(null);
  const again = failing(2, () => answer('40001'), 'COMMIT');
  const { clock: other, repository: failingTwice } = repositoryOn(again, { attempts: 2 });
  const failed = rejection(failingTwice.load('p'));
  await other.advance(10);
  expect((await failed).message).not.toMatch(/may have taken effect/);
});

test.each([
  ['a broken connection', () => driverError('ECONNRESET')],
  ['a pipe that broke', () => driverError('EPIPE')],
  ['a server that goes down', () => answer('57P01', 'FATAL')],
  ['a pooler that lost its server', () => answer('08P01')],
  ['a completion that is unknown', () => answer('40003')],
])('reports %s during COMMIT as an unknown outcome', async (_, error) => {
  const { repository } = repositoryOn(failing(1, error, 'COMMIT'), { attempts: 1 });
  expect((await rejection(repository.load('p'))).message).toMatch(/may have taken effect/);
});

test('returns no connection to the pool that cannot roll back', async () => {
  const pool = failing(2, () => driverError('08006'), '');
  const { clock, repository } = repositoryOn(pool);
  const loading = repository.load('p');
  await clock.advance(10);
  await clock.advance(20);
  await loading;
  expect(pool.released.at(-1)).toBe(undefined);
  const broken = new FakePool((text) => {
    if (text !== 'CONNECT' && text !== 'BEGIN') throw driverError('08006');
    return [];
  });
  const { repository: other } = repositoryOn(broken, { attempts: 1 });
  await rejection(other.load('p'));
  expect(broken.released).toEqual([expect.objectContaining({ code: '08006' })]);
});

test('waits a random time below a cap that doubles, and bounds the attempts', async () => {
  const pool = failing(Infinity, () => driverError('40001'));
  const waits: number[] = [];
  const clock = new FakeClock();
  const setTimer = clock.setTimer.bind(clock);
  // The time limit of the attempt is a timer as well.
  clock.setTimer = (callback, ms) => {
    if (ms !== 15_000) waits.push(ms);
    return setTimer(callback, ms);
  };
  const random = seededRandom(7);
  const draws = seededRandom(7);
  const { repository } = repositoryOn(pool, { clock, random, attempts: 6, retryBaseMs: 20, retryCapMs: 100 });
  const failed = rejection(repository.load('p'));
  for (let step = 0; step < 10; step++) await clock.advance(100);
  const error = await failed;
  expect(waits).toEqual([20, 40, 80, 100, 100].map((cap) => draws() * cap));
  expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
  expect(error.message).toBe('load() failed after 6 attempts: it failed (40001)');
  expect(repository.stats()).toMatchObject({ retries: 5, failures: 1 });
});

test('starts no attempt after the deadline', async () => {
  const pool = failing(Infinity, () => driverError('40001'));
  const { clock, repository } = repositoryOn(pool, { retryBaseMs: 1000, retryDeadlineMs: 900 });
  const failed = rejection(repository.load('p'));
  await clock.advance(500);
  expect((await failed).message).toMatch(/after 2 attempts/);
});

test('ends the wait when the signal fires, and makes no attempt after it', async () => {
  const pool = failing(Infinity, () => driverError('40001'));
  const cancel = new AbortController();
  const { clock, repository } = repositoryOn(pool, { signal: cancel.signal, retryBaseMs: 1000 });
  const failed = rejection(repository.load('p'));
  await clock.advance(1);
  cancel.abort();
  expect(await failed).toMatchObject({ code: 'ABORTED' });
  expect(pool.sent).toEqual(ONE_ATTEMPT);
  expect(await rejection(repository.load('p'))).toMatchObject({ code: 'ABORTED' });
  expect(pool.sent).toEqual(ONE_ATTEMPT);
  expect(clock.pending).toBe(0);
});

test('abandons a silent server and destroys the connection', async () => {
  const pool = new FakePool((text) => (text.includes('SELECT') ? new Promise(() => undefined) : []));
  const { clock, repository } = repositoryOn(pool, { attemptTimeoutMs: 3000 });
  const failed = rejection(repository.load('p'));
  await clock.advance(3000);
  expect(await failed).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
  expect(pool.released).toEqual([expect.any(Error)]);
  expect(clock.pending).toBe(0);
});

test('rejects pending and later calls with CLOSED after close()', async () => {
  const pool = new FakePool((text) => (text.includes('SELECT') ? new Promise(() => undefined) : []));
  const { clock, repository } = repositoryOn(pool);
  const failed = rejection(repository.load('p'));
  await clock.advance(0);
  await repository.close();
  expect(await failed).toMatchObject({ code: 'CLOSED' });
  expect(await rejection(repository.load('p'))).toMatchObject({ code: 'CLOSED' });
  expect(pool.listenerCount('error')).toBe(0);
});

test('sets its limits in each transaction', async () => {
  let begin = '';
  const pool = new FakePool(() => []);
  const connect = pool.connect.bind(pool);
  pool.connect = async () => {
    const connection = await connect();
    const query = connection.query.bind(connection) as (text: never) => Promise<{ rows: unknown[] }>;
    connection.query = (text: unknown) => {
      if (typeof text === 'string' && text.startsWith('BEGIN')) begin = text;
      return query(text as never);
    };
    return connection;
  };
  const { repository } = repositoryOn(pool, { statementTimeoutMs: 1, lockTimeoutMs: 2, idleTimeoutMs: 3 });
  await repository.load('p');
  expect(begin).toMatch(/SET LOCAL statement_timeout = 1; SET LOCAL lock_timeout = 2/);
  expect(begin).toMatch(/SET LOCAL idle_in_transaction_session_timeout = 3/);
});

test('counts and logs the failure of an idle connection', () => {
  const pool = new FakePool(() => []);
  const warnings: unknown[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    error: () => undefined,
    warn: (...args: unknown[]) => void warnings.push(args),
  };
  const { repository } = repositoryOn(pool, { logger });
  pool.emit('error', driverError('57P01', `postgres://user:${SENTINEL}@host/db is gone`));
  expect(repository.stats().connectionErrors).toBe(1);
  expect(warnings).toHaveLength(1);
  expect(inspect(warnings, { depth: 9 })).not.toContain(SENTINEL);
});

test('shows no secrets of the driver in errors', async () => {
  const messages = [
    `connect to postgres://user:${SENTINEL}@127.0.0.1:5432/db failed`,
    `connect to postgres://user:se#cr/et${SENTINEL}@127.0.0.1 failed`,
    `host=localhost password=${SENTINEL} user=me`,
    `{"password":"${SENTINEL}"}`,
    `pwd: '${SENTINEL} and more'`,
  ];
  for (const message of messages) {
    for (const code of ['28P01', '08006', undefined]) {
      const { repository } = repositoryOn(
        failing(99, () => driverError(code, message)),
        { attempts: 1 },
      );
      const calls = [
        repository.load('p'),
        repository.save(samplePortfolio('p')),
        repository.saveValuations([sampleValuation('p')]),
        repository.loadPrices(),
      ];
      for (const call of calls) {
        const error = await rejection(call);
        const shown = [error.message, error.stack, String(error), JSON.stringify(error)];
        expect([...shown, inspect(error, { depth: 9, showHidden: true })].join('\n')).not.toContain(SENTINEL);
      }
    }
  }
});

test.each([
  [{ attempts: 0 }, /attempts/],
  [{ statementTimeoutMs: NaN }, /statementTimeoutMs/],
  [{ lockTimeoutMs: 1.5 }, /lockTimeoutMs/],
  [{ retryCapMs: Infinity }, /retryCapMs/],
  [{ chunkSize: 0 }, /chunkSize/],
  [{ pageSize: -1 }, /pageSize/],
  [{ schema: 'a"b' }, /schema/],
  [{ prefix: 'x; --' }, /prefix/],
  [{ prefix: 'p'.repeat(33) }, /prefix/],
  [{ schema: '' }, /schema/],
])('rejects the options %o with INVALID_ARGUMENT', (options, message) => {
  const make = () => repositoryOn(new FakePool(() => []), options);
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(make).toThrow(message);
});
