import { describe, it } from 'vitest';
import { serversOrSkip, withOwnDatabases } from '../examples/own-databases.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { needsServers, programs } from './pages.js';
import { expectToRun } from './program.js';

const servers = await serversOrSkip();

describe.skipIf(!servers)('programs of the documentation on PostgreSQL and Redis', () => {
  it.for(programs.filter(needsServers))(
    'runs: $page, program $number',
    { timeout: SLOW_TEST_MS },
    ({ text }) => withOwnDatabases(servers!, (env) => expectToRun(text, env)),
  );
});
