import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { postgresServer } from '../../servers/postgres.js';
import { pgStore } from '../stores.js';
import { closesConform } from './closes-conform.js';

const server = await postgresServer();

describe.skipIf(!server)('previous closes in PostgreSQL through pg', () => {
  if (!server) return;
  const database = pgStore(server);
  const openClosed = async () => {
    const closed = pgStore(server);
    await closed.end();
    return closed;
  };
  const lockTable = async (table: string) => {
    const connection = await database.pool.connect();
    await connection.query(`BEGIN; LOCK TABLE ${table}`);
    return async () => {
      await connection.query('ROLLBACK');
      connection.release();
    };
  };
  closesConform(runner, { database, openClosed, lockTable });
});
