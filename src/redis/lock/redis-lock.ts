import { randomUUID } from 'node:crypto';
import { systemClock } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { encodeKey, storedTtl, type GrantResult, type LeaseStore } from '../../core/locking/lease-store.js';
import type { MultiKeyLease } from '../../core/locking/store-lease.js';
import type { StoreAcquireOptions, StoreLockOptions } from '../../core/locking/store-lock-options.js';
import { StoreLock } from '../../core/locking/store-lock.js';
import { systemRandom } from '../../core/random.js';
import {
  redisCommands,
  connectionRefusal,
  type RedisClient,
  type RedisCommands,
  type RedisScript,
} from '../redis-client.js';
import { redisErrorKind } from '../redis-error.js';
import { EXTEND, GRANT, RELEASE } from './redis-lock-scripts.js';
import { redisNamespace } from '../redis-namespace.js';
import { reconnectOnWrongNode } from './reconnect-on-wrong-node.js';

/** Options of {@link RedisLock}. All processes that share locks need the same `prefix` and `hashTag`. */
export interface RedisLockOptions extends StoreLockOptions {
  /**
   * What every key in Redis begins with: 1 to 128 letters, digits, or any of `_ . ~ : / @ -`. Default `tickmark:lock:`.
   */
  readonly prefix?: string;
  /**
   * Keeps all keys in one slot of a Redis Cluster, that of this text, which `acquireMany` needs there; all locks are then one
   * node's work. 1 to 128 characters as in `prefix`. Default: the slot of each key is its own.
   */
  readonly hashTag?: string;
}

const NAME_PART = /^[\w.~:/@-]{1,128}$/;
const TOKENS_KEPT_MS = 7 * 86_400_000;

/**
 * A lock in Redis (6.2 or later) or a Redis Cluster: one key a lease, that expires.
 *
 * - Each step is one Lua script: taking the key and its token, extending, releasing; the latter two compare the owner first.
 * - A fencing token is at least the server's time in µs, and larger than the one before it. Redis keeps the last one for 7
 *   days. When it is gone, by then or because the server lost its data, tokens still rise unless the server's clock has been
 *   set back behind the last grant.
 * - One server decides. If it loses its data, or a replica that has not heard of a lease takes over, a second lease may be
 *   granted while the first is believed in, until its holder extends it or its time is up: the token tells them apart.
 * - The keys of `acquireMany` are taken in one step. On a Cluster that takes one slot: `hashTag`.
 * - Any text is a key; `portfolio:42` is kept as `tickmark:lock:{portfolio:42}:lock`, and its token as `…:token`.
 */
export class RedisLock extends StoreLock {
  readonly #isSpread: boolean;

  /**
   * @param client Of ioredis or node-redis, for one server, Sentinels or a Cluster, see {@link RedisClient}; it stays the caller's
   * to connect and to end.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(client: RedisClient, options: RedisLockOptions = {}) {
    const { prefix = 'tickmark:lock:', hashTag } = options;
    checkName('prefix', prefix);
    if (hashTag !== undefined) checkName('hashTag', hashTag);
    const where = 'RedisLock: client';
    const redis = redisCommands(client, where, reconnectOnWrongNode(client, options.clock ?? systemClock));
    const { keyPrefix } = redisNamespace(client, where);
    // ioredis puts it there by itself.
    const before = redis.library === 'ioredis' ? '' : keyPrefix;
    const store = new RedisLeaseStore(redis, before + prefix, hashTag, () => connectionRefusal(client));
    const parts = {
      store,
      name: 'RedisLock',
      identity: randomUUID(),
      random: systemRandom,
      clock: systemClock,
    };
    super(parts, options);
    this.#isSpread = redis.isCluster && hashTag === undefined;
  }

  /**
   * See `StoreLock.acquireMany`.
   * @throws also `INVALID_ARGUMENT` on a Cluster, for more than one key without the option `hashTag`.
   */
  override async acquireMany(
    keys: readonly string[],
    options: StoreAcquireOptions = {},
  ): Promise<MultiKeyLease> {
    if (this.#isSpread && new Set(keys).size > 1) {
      const accepted =
        'one key, or the option hashTag, without which keys of a Cluster are in different slots';
      throw invalidArgument('RedisLock.acquireMany: keys', keys, accepted);
    }
    return super.acquireMany(keys, options);
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
      // Its client would keep the call until Redis lets it in.
      const refusal = this.#refusal();
      if (refusal) throw refusal;
      return await this.#redis.run(script, keys, args);
    } catch (error) {
      const kind = redisErrorKind(error as Error);
      throw Object.assign(error as Error, { retryable: kind !== 'access-denied' && kind !== 'permanent' });
    }
  }

  // The braces are the hash tag: the two keys of a lock are in one slot, whatever prefix the client itself adds.
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
