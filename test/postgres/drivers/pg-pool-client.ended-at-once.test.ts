import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresLock } from '../../../src/postgres/postgres-lock.js';
import { PostgresPortfolioRepository } from '../../../src/postgres/postgres-portfolio-repository.js';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { UNHURRIED } from '../stores.js';

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const SHUTDOWN = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

// Accepts a connection and ends it; the client reads both in one piece, as if it was busy meanwhile.
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUTDOWN])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

test('a connection that the server ends as soon as it is made does not end the process', async () => {
  const { port } = server.address() as AddressInfo;
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'any', database: 'any' });
  const repository = new PostgresPortfolioRepository(pool, { ...UNHURRIED, attempts: 3, retryBaseMs: 1 });
  await expect(repository.load('p')).rejects.toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
  expect(repository.stats().connectionErrors).toBeGreaterThan(0);
  const lock = new PostgresLock(pool, { callTimeoutMs: HUNG_AFTER_MS });
  await expect(lock.acquire('k', { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_FAILED' });
  await lock.close();
  await repository.close();
  await pool.end();
});
