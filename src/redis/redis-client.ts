/** The part of an ioredis client that tickmark uses (5 or later): `new Redis()` or `new Cluster()`. */
export interface IoredisClient {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  readonly status: string;
  call(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  duplicate(): unknown;
}

/** The part of a node-redis client that tickmark uses (4 or later): `createClient()`, connected by the caller. */
export interface NodeRedisClient {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(args: (string | Buffer)[], options?: object): Promise<unknown>;
  duplicate(): unknown;
}

/** The part of a node-redis cluster that tickmark uses (4 or later): `createCluster()`, connected by the caller. */
export interface NodeRedisCluster {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  nodeClient(node: never): unknown;
  sendCommand(
    firstKey: string | Buffer | undefined,
    isReadonly: boolean | undefined,
    args: (string | Buffer)[],
    options?: object,
  ): Promise<unknown>;
  duplicate(): unknown;
}

/** The part of a node-redis Sentinel client that tickmark uses (6 or later): `createSentinel()`, connected by the caller. */
export interface NodeRedisSentinel {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): Promise<void>;
  getMasterNode(): unknown;
  getSentinelNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, args: (string | Buffer)[], options?: object): Promise<unknown>;
  /** Calls a function with a client of the master. */
  _execute(isReadonly: boolean, run: never): Promise<unknown>;
  duplicate(overrides?: object): unknown;
}

/**
 * A client of ioredis or node-redis, made by the caller for one server, Sentinels or a Redis Cluster. The caller connects and closes
 * it; its methods tell which client it is. tickmark listens to its `error` events while it uses it, because a broken link of a
 * client without a listener ends the process.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { RedisPubSubEventBus } from 'tickmark/redis';
 *
 * const bus = new RedisPubSubEventBus(new Redis('redis://127.0.0.1:6379'));
 * ```
 */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** Whether a client is for a Redis Cluster. */
export function isCluster(client: RedisClient): boolean {
  return (client as { isCluster?: boolean }).isCluster === true || hasMethods(client, ['nodeClient']);
}

/** Whether a client of node-redis asks Sentinels for its master. One of ioredis does not show it. */
export function isSentinel(client: RedisClient): client is NodeRedisSentinel {
  return hasMethods(client, ['getMasterNode', 'getSentinelNode', '_execute', 'sendCommand', 'duplicate']);
}

/** Whether a value has all these methods. */
export function hasMethods(client: unknown, methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}
