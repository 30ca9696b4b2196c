import type { AcquireOptions, Lock } from '../../core/locking/lock.js';
import { assert, assertEqual } from '../assertions.js';
import { LONG, PATIENT, type LockKit } from './lock-kit.js';

const CALLERS = 50;
const ODD_KEYS = [
  'a',
  'A',
  'a ',
  '{a}',
  'a:b',
  'a*',
  '?[a]',
  'a\r\nb',
  'a\0b',
  `'";--`,
  'ä',
  'a\u0308',
  '__proto__',
  '行情🔒',
];

export function exclusionRules(kit: LockKit): void {
  kit.factoryRule('createHarness() makes locks that share nothing', async (one, other, time) => {
    assert(one.lock !== other.lock, 'createHarness() gives a new lock each time');
    await time.settled(one.lock.acquire('k', LONG), 'acquire()');
    await time.settled(other.lock.acquire('k', LONG), 'acquire() of the same key of another lock');
  });

  kit.rule('a free key is granted', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    assertEqual(lease.key, 'k', 'key');
    assert(lease.held, 'a fresh lease is held');
    assert(!lease.signal.aborted, 'the signal of a fresh lease has not fired');
    assertEqual(typeof lease.fencingToken, 'bigint', 'type of the fencing token');
  });

  kit.rule(
    'acquire() of a held key with waitMs 0 rejects at once with LOCK_TIMEOUT',
    async ({ lock }, time) => {
      await time.settled(lock.acquire('k', LONG), 'acquire()');
      const error = await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of a held key');
      assert(error.retryable, 'LOCK_TIMEOUT is retryable');
      assertEqual((error as { key?: string }).key, 'k', 'key of the error');
    },
  );

  kit.rule('at most one of 50 concurrent callers holds the key', async ({ lock }, time) => {
    const { most, tokens } = await time.settled(crowd([lock], CALLERS), 'each caller gets its turn');
    assertEqual(most, 1, 'holders at a time');
    assertRising(tokens);
  });

  kit.ruleIf(
    !!kit.supports.peer,
    'at most one caller at all ends of the lock holds the key',
    async ({ lock, peer }, time) => {
      const { most, tokens } = await time.settled(crowd([lock, peer!], CALLERS), 'each caller gets its turn');
      assertEqual(most, 1, 'holders at a time');
      assertRising(tokens);
    },
  );

  kit.rule('keys with any characters are independent of each other', async ({ lock }, time) => {
    const leases = ODD_KEYS.map((key) => lock.acquire(key, LONG));
    for (const lease of await time.settled(Promise.all(leases), 'acquire() of different keys')) {
      assert(lease.held, `the lease of ${JSON.stringify(lease.key)} is held`);
    }
    for (const key of ODD_KEYS) {
      await time.rejected(
        lock.acquire(key, LONG),
        'LOCK_TIMEOUT',
        `acquire() of ${JSON.stringify(key)}, held`,
      );
    }
  });

  kit.rule('a lease granted after a release has a larger fencing token', async ({ lock }, time) => {
    const tokens: bigint[] = [];
    for (let round = 0; round < 5; round++) {
      const lease = await time.settled(lock.acquire('k', LONG), 'acquire() of a free key');
      tokens.push(lease.fencingToken);
      await time.settled(lease.release(), 'release()');
    }
    assertRising(tokens);
  });

  kit.rule('invalid arguments are rejected with INVALID_ARGUMENT and take no key', async ({ lock }, time) => {
    const wrong: readonly [string, AcquireOptions][] = [
      ['', LONG],
      ...[0, -1, NaN, Infinity].map((ttlMs): [string, AcquireOptions] => ['k', { ttlMs, waitMs: 0 }]),
      ...[-1, NaN].map((waitMs): [string, AcquireOptions] => ['k', { waitMs }]),
    ];
    for (const [key, given] of wrong) {
      const call = `acquire("${key}", ttlMs ${given.ttlMs}, waitMs ${given.waitMs})`;
      await time.rejected(lock.acquire(key, given), 'INVALID_ARGUMENT', call);
    }
    await time.settled(lock.acquire('k', LONG), 'acquire() afterwards');
  });
}

/** Fails unless each token is larger than the one before. */
export function assertRising(tokens: readonly bigint[]): void {
  for (const [at, token] of tokens.entries()) {
    assert(at === 0 || token > tokens[at - 1]!, `fencing tokens rise: ${tokens.join(', ')}`);
  }
}

async function crowd(ends: readonly Lock[], callers: number): Promise<{ most: number; tokens: bigint[] }> {
  let holders = 0;
  let most = 0;
  const tokens: bigint[] = [];
  const work = async (lock: Lock): Promise<void> => {
    const lease = await lock.acquire('k', PATIENT);
    tokens.push(lease.fencingToken);
    most = Math.max(most, ++holders);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    holders--;
    await lease.release();
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => work(ends[caller % ends.length]!)));
  return { most, tokens };
}
