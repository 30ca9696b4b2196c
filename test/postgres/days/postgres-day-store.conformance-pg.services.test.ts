import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { postgresServer } from '../../servers/postgres.js';
import { pgStore } from '../stores.js';
import { conforms } from './conforms.js';

const server = await postgresServer();

describe.skipIf(!server)('days in PostgreSQL through pg', () => {
  if (!server) return;
  conforms(runner, pgStore(server), async () => {
    const closed = pgStore(server);
    await closed.end();
    return closed;
  });
});
