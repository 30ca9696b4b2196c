import { describe, vi } from 'vitest';
import { postgresServer } from '../servers/postgres.js';
import { conforms } from './conforms.js';
import { pgStore } from './stores.js';

vi.setConfig({ testTimeout: 60_000 });
const server = await postgresServer();
if (server) conforms('PostgreSQL through pg', pgStore(server));
else describe.skip('PostgreSQL through pg');
