import { invalidArgument } from '../core/errors.js';
import { isCluster, isSentinel, type RedisClient } from './redis-client.js';
import { sentinelOptions } from './redis-sentinel.js';

/** Separates a client from other users of the same server. */
export interface RedisNamespace {
  /** Prefix of every key; may be empty. */
  readonly keyPrefix: string;
  /** Number of the database. */
  readonly db: number;
}

/** Where both libraries keep these settings. */
interface ClientSettings {
  readonly options?: {
    readonly keyPrefix?: unknown;
    readonly db?: unknown;
    readonly database?: unknown;
  };
  /** In a Cluster or Sentinel client of node-redis. */
  readonly _keyPrefix?: unknown;
  /** In ioredis: the database that `select()` chose later. */
  readonly condition?: { readonly select?: unknown } | null;
}

/**
 * Reads the namespace of a client.
 * @param where Name of the caller in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for a key prefix that is not a string, or with which related keys would be in different
 * slots of a Cluster.
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
  // A Cluster hashes the contents of the first pair of braces, and the whole key if they are empty.
  if (!isText || /^[^{]*\{\}/.test(keyPrefix)) {
    throw invalidArgument(`${where}: keyPrefix`, keyPrefix, 'a string whose first braces are not empty');
  }
  const db = condition?.select ?? options.db ?? options.database ?? 0;
  return { keyPrefix, db: isCluster(client) ? 0 : Number(db) };
}

/** Refuses a prefix of keys and channels that a Cluster would not keep in one slot. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkPrefix(prefix: string, where: string): void {
  if (typeof prefix === 'string' && /^[^{}]+$/.test(prefix)) return;
  throw invalidArgument(`${where}: prefix`, prefix, 'a string that is not empty, without { and }');
}
