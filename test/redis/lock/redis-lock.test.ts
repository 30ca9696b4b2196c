import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { encodeKey } from '../../../src/core/locking/lease-store.js';
import { RedisLock, type RedisLockOptions } from '../../../src/redis/lock/redis-lock.js';

test('encodes only the special characters of keys', () => {
  expect(encodeKey('portfolio:42/a_b.c~d@e-F')).toBe('portfolio:42/a_b.c~d@e-F');
  expect(encodeKey('%003A')).not.toBe(encodeKey(':'));
  expect(encodeKey('\uD800')).not.toBe(encodeKey('\uD801'));
});

test.each<[string, RedisLockOptions]>([
  ['an empty prefix', { prefix: '' }],
  ['a prefix with braces', { prefix: 'a{b}' }],
  ['a prefix with a line break', { prefix: 'a\r\n' }],
  ['a prefix that is a pattern', { prefix: '*' }],
  ['a long prefix', { prefix: 'a'.repeat(129) }],
  ['a prefix that is no string', { prefix: 5 as never }],
  ['a hash tag with braces', { hashTag: '}' }],
  ['an empty hash tag', { hashTag: '' }],
])('rejects %s with INVALID_ARGUMENT', (_, options) => {
  const client = new Redis({ lazyConnect: true });
  expect(() => new RedisLock(client, options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(client.listenerCount('error')).toBe(0);
});
