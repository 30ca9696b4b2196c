import { afterEach, expect, test, vi } from 'vitest';
import { recordings, requireOrSkip } from '../requirements.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const captured = () => vi.spyOn(process.stderr, 'write').mockReturnValue(true);

test('what is available is used, silently', () => {
  const write = captured();
  expect(requireOrSkip('redis', true, 'install redis-server')).toBe(true);
  expect(write).not.toHaveBeenCalled();
});

test('what is missing is skipped in one line that says how to get it', () => {
  vi.stubEnv('TICKMARK_REQUIRE_SERVICES', '');
  const write = captured();
  expect(requireOrSkip('redis', false, 'install redis-server')).toBe(false);
  expect(write.mock.calls).toEqual([['skipped: redis — install redis-server\n']]);
});

test('what is missing is an error where everything is required', () => {
  vi.stubEnv('TICKMARK_REQUIRE_SERVICES', '1');
  expect(() => requireOrSkip('redis', false, 'install redis-server')).toThrow(
    /"redis".*install redis-server/,
  );
});

test('a recording lies beside the project', () => {
  expect(recordings('okx/none.gz')).toEqual({
    path: expect.stringMatching(/[\\/]shared[\\/]wire[\\/]okx[\\/]none\.gz$/),
    exists: false,
  });
});
