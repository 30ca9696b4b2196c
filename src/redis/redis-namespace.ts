import { invalidArgument } from '../core/errors.js';
import { isCluster, isSentinel, type RedisClient } from './redis-client.js';
import { sentinelOptions } from './redis-sentinel.js';

/** What a client keeps apart from other users of the same server. */
export interface RedisNamespace {
  /** What the client puts before every key. Empty: nothing. */
  readonly keyPrefix: string;
  /** Number of the database. */
  readonly db: number;
}

/** Where both libraries keep them. */
interface ClientSettings {
  readonly options?: {
    readonly keyPrefix?: unknown;
    readonly db?: unknown;
    readonly database?: unknown;
  };
  /** Of a Cluster or Sentinel client of node-redis. */
  readonly _keyPrefix?: unknown;
  /** Of ioredis: what `select()` has chosen since. */
  readonly condition?: { readonly select?: unknown } | null;
}

/**
 * Reads them from the client.
 * @param where names the caller in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for a key prefix that is no text, or that would spread keys over a Cluster which belong
 * together.
 */
export function redisNamespace(client: RedisClient, where: string): RedisNamespace {
  const { options: own = {}, condition, _keyPrefix } = client as ClientSettings;
  const options: NonNullable<ClientSettings['options']> = isSentinel(client)
    ? { database: sentinelOptions(client, where).nodeClientOptions?.database }
    : own;
  const given = options.keyPrefix ?? _keyPrefix ?? '';
  const keyPrefix = Buffer.isBuffer(given) ? given.toString() : given;
  const isText =
    typeof keyPrefix === 'string' && (!Buffer.isBuffer(given) || Buffer.from(keyPrefix).equals(given));
  // A Cluster takes what stands within the first pair of braces, and the whole key where nothing does.
  if (!isText || /^[^{]*\{\}/.test(keyPrefix)) {
    throw invalidArgument(`${where}: keyPrefix`, keyPrefix, 'a text whose first braces are not empty');
  }
  const db = condition?.select ?? options.db ?? options.database ?? 0;
  return { keyPrefix, db: isCluster(client) ? 0 : Number(db) };
}
