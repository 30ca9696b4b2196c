import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresServer, privatePostgres, canStartPostgres, type PrivatePostgres } from './postgres.js';

const shared = await postgresServer();

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

test.skipIf(!shared)('the shared PostgreSQL answers', async () => {
  expect(await query(shared!.url, 'SELECT 1 AS answer')).toBe(1);
});

describe.skipIf(!canStartPostgres())('a private PostgreSQL', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await privatePostgres();
  });

  afterAll(() => server.dispose());

  test('writes durably', async () => {
    for (const setting of ['fsync', 'synchronous_commit'])
      expect(await query(server.url, `SELECT current_setting('${setting}') AS answer`)).toBe('on');
  });

  test('keeps what was committed, whether it is stopped or killed', async () => {
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS answer');
    const ends = {
      stop: () => server.stop(),
      immediate: () => server.stop('immediate'),
      kill: () => server.kill(),
    };
    for (const [name, end] of Object.entries(ends)) {
      await end();
      // The system may still reset a connection that it took just before the end; none is taken after that.
      const refusal = () => query(server.url, 'SELECT 1').then(String, ({ code }: { code: string }) => code);
      await expect.poll(refusal, { message: name }).toBe('ECONNREFUSED');
      await server.start();
      expect(await query(server.url, 'SELECT answer FROM kept'), name).toBe(7);
    }
    await server.restart();
    expect(await query(server.url, 'SELECT answer FROM kept')).toBe(7);
  });
});
