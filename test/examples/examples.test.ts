import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { root, run } from './child.js';
import { EXPECTED, NOWHERE, ON_SERVERS, expectOutput, names } from './example-output.js';

test('every example is run by a test and listed in the README of the examples', () => {
  expect(names).toEqual(Object.keys(EXPECTED).sort());
  const readme = readFileSync(join(root, 'examples/README.md'), 'utf8');
  for (const name of names) expect(readme).toContain(`(${name}.ts)`);
});

describe.concurrent('the examples', { timeout: SLOW_TEST_MS }, () => {
  test.for(names.filter((name) => !ON_SERVERS.includes(name)))(
    '%s runs to its end and prints the expected lines',
    (name) => expectOutput(name, NOWHERE),
  );

  test.for(['alpaca', 'finnhub'])('%s prints one line when it has no key', async (name) => {
    const none = Object.fromEntries(Object.keys(NOWHERE).map((each) => [each, '']));
    const { code, stdout } = await run(`examples/${name}.ts`, [], none);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Skipped: set TICKMARK_.*\n$/);
  });

  test('postgres-redis prints one line when there are no servers', async () => {
    const { code, stdout } = await run('examples/postgres-redis.ts', [], {
      TICKMARK_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none',
      TICKMARK_REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Skipped: .*\n$/);
  });
});

test.each(['vue', 'react'])('the %s app has fewer than 60 lines in all', (name) => {
  const folder = new URL(`../../examples/browser-apps/${name}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => !file.endsWith('.html'));
  const lines = files.flatMap((file) => readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n'));
  expect(lines.length).toBeLessThan(60);
});

test('the production set-up takes at most 40 lines', () => {
  const text = readFileSync(join(root, 'examples/postgres-redis.ts'), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

describe('docker-compose.yml', () => {
  const lines = readFileSync(join(root, 'examples/docker-compose.yml'), 'utf8').split('\n');
  const after = (word: string): string[] => lines.filter((line) => line.includes(word));

  test('pins the major version of each image and checks the health of each service', () => {
    for (const image of after('image:')) expect(image).toMatch(/: [a-z]+:\d+$/);
    expect(after('healthcheck:')).toHaveLength(after('image:').length);
  });

  test('opens ports on the loopback address only', () => {
    const ports = lines.filter((line) => /^ +- '[^']*:\d+'$/.test(line));
    expect(ports).toHaveLength(after('ports:').length);
    for (const port of ports) expect(port).toContain("'127.0.0.1:");
  });
});
