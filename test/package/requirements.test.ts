import { afterEach, expect, test, vi } from 'vitest';
import { canUse, recordings, skipLines } from '../requirements.js';

afterEach(() => void vi.unstubAllEnvs());

const redis = { name: 'redis-server', isThere: true, howToGet: 'apt-get install redis-server' };
const missing = { ...redis, isThere: false };

test('a requirement that is there can be used, and has no line', () => {
  expect(canUse(redis)).toBe(true);
  expect(skipLines([redis])).toEqual([]);
});

test('a missing requirement skips its tests, with one line that says how to get it', () => {
  vi.stubEnv('TICKMARK_REQUIRE_SERVICES', '');
  expect(canUse(missing)).toBe(false);
  expect(skipLines([redis, missing])).toEqual([
    'skipped: tests with redis-server. How to get it: apt-get install redis-server',
  ]);
});

test('a missing requirement is an error with TICKMARK_REQUIRE_SERVICES=1', () => {
  vi.stubEnv('TICKMARK_REQUIRE_SERVICES', '1');
  expect(() => canUse(missing)).toThrow(/"redis-server".*apt-get install redis-server/);
});

test('recordings are looked for beside the project', () => {
  expect(recordings('okx/none.gz')).toEqual({
    path: expect.stringMatching(/[\\/]shared[\\/]wire[\\/]okx[\\/]none\.gz$/),
    exists: false,
  });
});
