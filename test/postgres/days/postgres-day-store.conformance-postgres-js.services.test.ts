import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { postgresServer } from '../../servers/postgres.js';
import { postgresJsStore } from '../stores.js';
import { conforms } from './conforms.js';

const server = await postgresServer();

describe.skipIf(!server)('days in PostgreSQL through postgres.js', () => {
  if (!server) return;
  conforms(runner, postgresJsStore(server), async () => {
    const closed = postgresJsStore(server);
    await closed.end();
    return closed;
  });
});
