import { describe } from 'vitest';
import { runner } from '../conformance/without-skips.js';
import { postgresServer } from '../servers/postgres.js';
import { conforms } from './conforms.js';
import { postgresJsStore } from './stores.js';

const server = await postgresServer();

describe.skipIf(!server)('PostgreSQL through postgres.js', () => {
  if (server) conforms(runner, postgresJsStore(server));
});
