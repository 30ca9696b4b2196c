import { describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { run } from './child.js';
import { ON_SERVERS, expectOutput } from './example-output.js';
import { serversOrSkip, withOwnDatabases } from './own-databases.js';

const servers = await serversOrSkip();

describe.skipIf(!servers)('an example on PostgreSQL and Redis', { timeout: SLOW_TEST_MS }, () => {
  test.each(ON_SERVERS)('%s runs to its end and prints the expected lines', async (name) => {
    await withOwnDatabases(servers!, (env) => expectOutput(name, env));
  });

  test.each([
    ['POSTGRES', 'postgres://nobody@127.0.0.1:1/none'],
    ['REDIS', 'redis://127.0.0.1:1'],
  ])('postgres-redis prints one line when only the %s server is missing', async (which, url) => {
    await withOwnDatabases(servers!, async (env) => {
      const { code, stdout } = await run('examples/postgres-redis.ts', [], {
        ...env,
        [`TICKMARK_${which}_URL`]: url,
      });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Skipped: .*\n$/);
    });
  });
});
