import { describe } from 'vitest';
import { postgresServer } from '../servers/postgres.js';
import { SERVER_DRIVERS, lockDatabase } from './lock-databases.js';
import { lockRowRules } from './lock-row-rules.js';

const server = await postgresServer();

describe.skipIf(!server).each(Object.entries(SERVER_DRIVERS))('PostgresLock through %s', (driver, open) => {
  if (!server) return;
  lockRowRules(lockDatabase(`rows_${driver}`, open(server)), { contenders: 8, retryMs: 5 });
});
