import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  failureName,
  redisFailure,
  redisVerdict,
  retiresConnection,
  type RedisVerdict,
} from '../../src/redis/redis-failure.js';

const SECRET = 'sentinel-secret';

describe('redisVerdict()', () => {
  test.each<[RedisVerdict, string]>([
    ['elsewhere', "READONLY You can't write against a read only replica."],
    [
      'elsewhere',
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    ],
    ['elsewhere', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
    ['elsewhere', 'NOREPLICAS Not enough good replicas to write.'],
    ['elsewhere', 'LOADING Redis is loading the dataset in memory'],
    ['elsewhere', 'CLUSTERDOWN The cluster is down'],
    // Redis 6.2 tells what a script met in a message of its own.
    [
      'elsewhere',
      "ERR Error running script (call to f_ab): @user_script:7: @user_script: 7: -READONLY You can't write against a read only replica.",
    ],
    [
      'elsewhere',
      "EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.",
    ],
    ['refused', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['refused', 'NOAUTH Authentication required.'],
    ['refused', 'ERR invalid password'],
    ['refused', 'ERR DB index is out of range'],
    [
      'refused',
      'All sentinels are unreachable and retry is disabled. Last error: NOAUTH Authentication required.',
    ],
    ['refused', 'Master Client (127.0.0.1:6379): WRONGPASS invalid username-password pair'],
    ['broken', 'Sentinel Client (127.0.0.1:26379): Socket closed unexpectedly'],
    ['standing', "NOPERM this user has no permissions to run the 'publish' command"],
    ['standing', 'WRONGTYPE Operation against a key holding the wrong kind of value'],
    ['passing', "OOM command not allowed when used memory > 'maxmemory'."],
    ['passing', 'BUSY Redis is busy running a script.'],
    ['passing', 'ERR something new'],
    ['broken', 'ERR max number of clients reached'],
    ['broken', 'Connection is closed.'],
    ['broken', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['broken', 'ECONNRESET'],
  ])('is %s for "%s"', (verdict, message) => {
    expect(redisVerdict(new Error(message))).toBe(verdict);
    expect(retiresConnection(new Error(message))).toBe(['broken', 'elsewhere', 'refused'].includes(verdict));
  });
});

test.each([
  [new Error('WRONGPASS invalid username-password pair'), 'WRONGPASS'],
  [new Error('ERR invalid password'), 'ERR invalid password'],
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [new TypeError('no'), 'TypeError'],
])('failureName() names "%s"', (error, name) => {
  expect(failureName(error)).toBe(name);
});

describe('redisFailure()', () => {
  test('keeps the name, code and message, and nothing that the client attached', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), {
      name: 'ReplyError',
      code: 'ECONNREFUSED',
      command: { name: 'auth', args: [SECRET] },
      cause: new Error(SECRET),
    });
    const clean = redisFailure(error);
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
    expect(inspect(redisFailure(new Error(message)))).not.toContain(SECRET);
  });

  test.each([
    [new AggregateError([new Error('a')]), 'a'],
    [new AggregateError([]), 'The Redis client failed.'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['a text', 'The Redis client failed.'],
    [null, 'The Redis client failed.'],
  ])('gives "%s" a message', (thrown, message) => {
    expect(redisFailure(thrown).message).toBe(message);
  });

  test('tells why the nodes of a Cluster refused, rather than that all did', () => {
    const cause = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: [SECRET] },
    });
    const all = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: cause });
    expect(redisFailure(all).message).toBe('WRONGPASS invalid username-password pair');
    expect(inspect(redisFailure(all), { depth: null, showHidden: true })).not.toContain(SECRET);
  });
});
