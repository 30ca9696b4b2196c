import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';

test.each([
  [{ prefix: 'a{b}' }],
  [{ prefix: '' }],
  [{ maxLength: 0 }],
  [{ maxDeliveries: 1.5 }],
  [{ window: 5001 }],
  [{ claimIdleMs: 5 }],
  [{ group: '' }],
  [{ publishTimeoutMs: -1 }],
])('rejects the options %o with INVALID_ARGUMENT', (options) => {
  expect(() => new RedisStreamEventBus(new Redis({ lazyConnect: true }), options)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('rejects a client of another kind with INVALID_ARGUMENT', () => {
  expect(() => new RedisStreamEventBus({} as RedisClient)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
