import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  redisErrorName,
  sanitizedError,
  redisErrorKind,
  endsConnection,
  type RedisErrorKind,
} from '../../src/redis/redis-error.js';

const SECRET = 'sentinel-secret';

const refused = (address: string): Error => new Error(`connect ECONNREFUSED ${address}:6379`);

describe('redisErrorKind()', () => {
  test.each<[RedisErrorKind, string]>([
    ['wrong-node', "READONLY You can't write against a read only replica."],
    [
      'wrong-node',
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    ],
    ['wrong-node', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
    ['wrong-node', 'NOREPLICAS Not enough good replicas to write.'],
    ['wrong-node', 'LOADING Redis is loading the dataset in memory'],
    ['wrong-node', 'CLUSTERDOWN The cluster is down'],
    // Redis 6.2 wraps an error of a script in another message.
    [
      'wrong-node',
      "ERR Error running script (call to f_ab): @user_script:7: @user_script: 7: -READONLY You can't write against a read only replica.",
    ],
    [
      'wrong-node',
      "EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.",
    ],
    ['access-denied', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['access-denied', 'NOAUTH Authentication required.'],
    ['access-denied', 'ERR invalid password'],
    ['access-denied', 'ERR DB index is out of range'],
    [
      'access-denied',
      'All sentinels are unreachable and retry is disabled. Last error: NOAUTH Authentication required.',
    ],
    ['access-denied', 'Master Client (127.0.0.1:6379): WRONGPASS invalid username-password pair'],
    ['broken', 'Sentinel Client (127.0.0.1:26379): Socket closed unexpectedly'],
    ['permanent', "NOPERM this user has no permissions to run the 'publish' command"],
    ['permanent', 'WRONGTYPE Operation against a key holding the wrong kind of value'],
    ['transient', "OOM command not allowed when used memory > 'maxmemory'."],
    ['transient', 'BUSY Redis is busy running a script.'],
    ['transient', 'ERR something new'],
    ['broken', 'ERR max number of clients reached'],
    ['broken', 'Connection is closed.'],
    ['broken', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['broken', 'ECONNRESET'],
  ])('is %s for "%s"', (kind, message) => {
    expect(redisErrorKind(new Error(message))).toBe(kind);
    expect(endsConnection(new Error(message))).toBe(['broken', 'wrong-node', 'access-denied'].includes(kind));
  });
});

test.each([
  [new Error('WRONGPASS invalid username-password pair'), 'WRONGPASS'],
  [new Error('ERR invalid password'), 'ERR invalid password'],
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [new TypeError('no'), 'TypeError'],
])('redisErrorName() names "%s"', (error, name) => {
  expect(redisErrorName(error)).toBe(name);
});

describe('sanitizedError()', () => {
  test('keeps the name, code and message, and nothing that the client attached', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), {
      name: 'ReplyError',
      code: 'ECONNREFUSED',
      command: { name: 'auth', args: [SECRET] },
      cause: new Error(SECRET),
    });
    const clean = sanitizedError(error);
    expect(clean).toMatchObject({
      name: 'ReplyError',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED',
    });
    expect(inspect(clean, { depth: null, showHidden: true })).not.toContain(SECRET);
  });

  test.each([
    `cannot reach redis://user:${SECRET}@host:6379/0`,
    `cannot reach redis://user:a/${SECRET}@host`,
    `ERR unknown command 'AUTH', with args beginning with: '${SECRET}' `,
  ])('shows no secret of "%s"', (message) => {
    expect(inspect(sanitizedError(new Error(message)))).not.toContain(SECRET);
  });

  test.each([
    [new AggregateError([new Error('a')]), 'a'],
    [new AggregateError([]), 'AggregateError'],
    [
      Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED ::1:6379; connect ECONNREFUSED 127.0.0.1:6379',
    ],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['a string', 'The Redis client failed.'],
    [null, 'The Redis client failed.'],
  ])('adds a message to "%s"', (thrown, message) => {
    expect(sanitizedError(thrown).message).toBe(message);
  });

  test('reports why the nodes of a Cluster refused, not only that all did', () => {
    const cause = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: [SECRET] },
    });
    const all = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: cause });
    expect(sanitizedError(all).message).toBe('WRONGPASS invalid username-password pair');
    expect(inspect(sanitizedError(all), { depth: null, showHidden: true })).not.toContain(SECRET);
  });
});
