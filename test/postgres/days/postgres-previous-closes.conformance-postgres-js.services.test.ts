import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { postgresServer } from '../../servers/postgres.js';
import { pgStore, postgresJsStore } from '../stores.js';
import { closesConform } from './closes-conform.js';

const server = await postgresServer();

describe.skipIf(!server)('previous closes in PostgreSQL through postgres.js', () => {
  if (!server) return;
  const openClosed = async () => {
    const closed = postgresJsStore(server);
    await closed.end();
    return closed;
  };
  const lockTable = async (table: string) => {
    const { pool, end } = pgStore(server);
    const connection = await pool.connect();
    await connection.query(`BEGIN; LOCK TABLE ${table}`);
    return async () => {
      await connection.query('ROLLBACK');
      connection.release();
      await end();
    };
  };
  closesConform(runner, { database: postgresJsStore(server), openClosed, lockTable });
});
