import { expect, test } from 'vitest';
import { PostgresLock } from '../../../src/postgres/postgres-lock.js';
import { PostgresPortfolioRepository } from '../../../src/postgres/postgres-portfolio-repository.js';
import { FakePool, driverError } from '../fake-pool.js';

test('twenty repositories on one pool share one listener, count every failed connection, and the last one removes the listener', async () => {
  const pool = new FakePool(() => []);
  const repositories = Array.from({ length: 20 }, () => new PostgresPortfolioRepository(pool));
  const lock = new PostgresLock(pool);
  expect([pool.listenerCount('error'), pool.listenerCount('acquire')]).toEqual([1, 1]);
  pool.emit('error', driverError('57P01'));
  for (const repository of repositories) expect(repository.stats().connectionErrors).toBe(1);
  for (const repository of repositories) await repository.close();
  expect(pool.listenerCount('error')).toBe(1);
  await lock.close();
  await lock.close();
  expect([pool.listenerCount('error'), pool.listenerCount('acquire')]).toEqual([0, 0]);
});
