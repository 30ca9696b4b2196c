import { randomUUID } from 'node:crypto';
import { systemClock } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { encodeKey, storedTtl, type GrantResult, type LeaseStore } from '../../core/locking/lease-store.js';
import type { Lease } from '../../core/locking/lock.js';
import type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockOptions,
  StoreLockStats,
} from '../../core/locking/store-lock.js';
import { LeasedLock } from '../../core/locking/leased-lock.js';
import { redisCommands, type RedisCommands, type RedisScript } from '../redis-commands.js';
import { connectionRefusal } from '../client-errors.js';
import { type RedisClient } from '../redis-client.js';
import { redisErrorKind } from '../redis-error.js';
import { EXTEND, GRANT, RELEASE } from './redis-lock-scripts.js';
import { redisNamespace } from '../redis-namespace.js';
import { reconnectOnWrongNode } from './reconnect-on-wrong-node.js';
import { checkOptions } from '../../core/options.js';
import { STORE_LOCK_OPTIONS } from '../../core/locking/store-lock.js';
import { keepRaw } from '../../core/keep-raw.js';

/** Options of {@link RedisLock}. All processes that share locks need the same `prefix` and `hashTag`. */
export interface RedisLockOptions extends StoreLockOptions {
  /**
   * Prefix of every key in Redis: 1 to 128 letters, digits, or any of `_ . ~ : / @ -`. Default `tickmark:lock:`.
   */
  readonly prefix?: string;
  /**
   * Keeps all keys in one slot of a Redis Cluster, the slot of this string; `acquireMany` needs that there. One node then serves all
   * locks. 1 to 128 characters as in `prefix`. Default: each key has its own slot.
   */
  readonly hashTag?: string;
}

const NAME_PART = /^[\w.~:/@-]{1,128}$/;
const TOKENS_KEPT_MS = 7 * 86_400_000;

/**
 * A lock in Redis (6.2 or later) or a Redis Cluster: one expiring key per lease.
 *
 * - Each step is one Lua script: acquiring the key with its token, extending, releasing. The latter two compare the owner first.
 * - A fencing token is at least the server's time in µs, and larger than the previous one. Redis keeps the last one for 7 days. When
 *   it is gone, after that time or because the server lost its data, tokens still rise unless the server's clock was set back
 *   to before the last grant.
 * - One server decides. If it loses its data, or fails over to a replica that has not received a lease, a second lease may be granted
 *   while the first holder still relies on its own, until it extends it or it expires. The tokens tell the two apart.
 * - `acquireMany` acquires its keys in one step. On a Cluster they must be in one slot: see `hashTag`.
 * - Any string is a key. `portfolio:42` is stored as `tickmark:lock:{portfolio:42}:lock`, its token as `…:token`.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { RedisLock } from 'tickmark/redis';
 *
 * const lock = new RedisLock(new Redis('redis://127.0.0.1:6379'));
 * const lease = await lock.acquire('portfolio:42', { ttlMs: 5_000, autoExtend: true });
 * await lease.release();
 * ```
 */
export class RedisLock implements StoreLock {
  static {
    keepRaw(this);
  }

  readonly #lock: LeasedLock;
  readonly #isSpread: boolean;

  /**
   * @param client A client of ioredis or node-redis for one server, Sentinels or a Cluster, see {@link RedisClient}. The caller
   * connects and closes it.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(client: RedisClient, options: RedisLockOptions = {}) {
    checkOptions('RedisLock', options, { ...STORE_LOCK_OPTIONS, prefix: 'string', hashTag: 'string' });
    const { prefix = 'tickmark:lock:', hashTag } = options;
    checkName('prefix', prefix);
    if (hashTag !== undefined) checkName('hashTag', hashTag);
    const where = 'RedisLock: client';
    const redis = redisCommands(client, where, {
      onFailure: reconnectOnWrongNode(client, options.clock ?? systemClock),
    });
    const { keyPrefix } = redisNamespace(client, where);
    // ioredis adds its keyPrefix itself.
    const before = redis.library === 'ioredis' ? '' : keyPrefix;
    const store = new RedisLeaseStore(redis, before + prefix, hashTag, () => connectionRefusal(client));
    this.#lock = new LeasedLock({ store, name: 'RedisLock', identity: randomUUID() }, options);
    this.#isSpread = redis.isCluster && hashTag === undefined;
  }

  acquire(key: string, options?: StoreAcquireOptions): Promise<Lease> {
    return this.#lock.acquire(key, options);
  }

  /**
   * See `StoreLock.acquireMany`.
   * @throws also `INVALID_ARGUMENT` on a Cluster, for more than one key without the option `hashTag`.
   */
  async acquireMany(keys: readonly string[], options?: StoreAcquireOptions): Promise<MultiKeyLease> {
    if (this.#isSpread && new Set(keys).size > 1) {
      const accepted =
        'one key, or the option hashTag, without which keys of a Cluster are in different slots';
      throw invalidArgument('RedisLock.acquireMany: keys', keys, accepted);
    }
    return this.#lock.acquireMany(keys, options);
  }

  stats(): StoreLockStats {
    return this.#lock.stats();
  }

  close(): Promise<void> {
    return this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class RedisLeaseStore implements LeaseStore {
  readonly #redis: RedisCommands;
  readonly #prefix: string;
  readonly #hashTag: string | undefined;
  readonly #refusal: () => Error | null;

  constructor(
    redis: RedisCommands,
    prefix: string,
    hashTag: string | undefined,
    refusal: () => Error | null,
  ) {
    this.#refusal = refusal;
    this.#redis = redis;
    this.#prefix = prefix;
    this.#hashTag = hashTag;
  }

  async grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult> {
    const stored = [...this.#stored(keys, 'lock'), ...this.#stored(keys, 'token')];
    const args = [owner, String(storedTtl(ttlMs)), String(TOKENS_KEPT_MS)];
    const reply = await this.#run(GRANT, stored, args);
    if (Array.isArray(reply)) return { tokens: reply.map((token) => BigInt(String(token))) };
    const heldForMs = Number(reply);
    return { heldForMs: heldForMs >= 0 ? heldForMs : Infinity };
  }

  async extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean> {
    const args = [owner, String(storedTtl(ttlMs))];
    return Number(await this.#run(EXTEND, this.#stored(keys, 'lock'), args)) === 1;
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    await this.#run(RELEASE, this.#stored(keys, 'lock'), [owner]);
  }

  close(): void {
    this.#redis.close();
  }

  async #run(script: RedisScript, keys: string[], args: string[]): Promise<unknown> {
    try {
      // The client would hold the call until Redis accepts it.
      const refusal = this.#refusal();
      if (refusal) throw refusal;
      return await this.#redis.run(script, keys, args);
    } catch (error) {
      const kind = redisErrorKind(error as Error);
      throw Object.assign(error as Error, { retryable: kind !== 'access-denied' && kind !== 'permanent' });
    }
  }

  // The braces are the hash tag: both keys of a lock are in one slot, whatever prefix the client adds.
  #stored(keys: readonly string[], kind: 'lock' | 'token'): string[] {
    const tag = this.#hashTag;
    return keys.map((key) =>
      tag === undefined
        ? `${this.#prefix}{${encodeKey(key)}}:${kind}`
        : `${this.#prefix}{${tag}}:${kind}:${encodeKey(key)}`,
    );
  }
}

function checkName(option: string, given: string): void {
  if (typeof given === 'string' && NAME_PART.test(given)) return;
  throw invalidArgument(`RedisLock: ${option}`, given, '1 to 128 letters, digits, or any of _ . ~ : / @ -');
}
