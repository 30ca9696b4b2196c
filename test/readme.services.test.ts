import { describe, it } from 'vitest';
import { expectToRun } from './docs/program.js';
import { needsServers, programs } from './docs/readme-programs.js';
import { serversOrSkip, withOwnDatabases } from './examples/own-databases.js';
import { SLOW_TEST_MS } from './waiting.js';

const servers = await serversOrSkip();

describe.skipIf(!servers)('the README, with PostgreSQL and Redis', { timeout: SLOW_TEST_MS }, () => {
  it.for(programs.filter(needsServers))('runs: program $number', ({ text }) =>
    withOwnDatabases(servers!, (env) => expectToRun(text, env)),
  );
});
