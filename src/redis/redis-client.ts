import { createHash } from 'node:crypto';
import { TickmarkError, quote } from '../core/errors.js';
import { sanitizedError, redisErrorKind } from './redis-error.js';

/** Part of a command: strings are sent as UTF-8, bytes as they are. */
export type RedisArgument = string | Uint8Array;

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
 * ```ts
 * import { Redis } from 'ioredis';
 * import { RedisPubSubEventBus } from 'tickmark/redis';
 *
 * const bus = new RedisPubSubEventBus(new Redis('redis://127.0.0.1:6379'));
 * ```
 */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** A Lua script and its SHA-1, by which servers know it. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

/** Creates a script. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** How to send a command. */
export interface RedisCommandOptions {
  /** A key of the command, which decides its node on a Cluster. Without it, any node may answer. */
  readonly key?: string;
  /** Strings of the reply as `Buffer`. Default: as strings. */
  readonly buffers?: boolean;
}

/** One interface to every client: what locks and buses need of Redis. Rejects with {@link sanitizedError} of the client's error. */
export interface RedisCommands {
  /** Library of the client. */
  readonly library: 'ioredis' | 'node-redis';
  /** Whether keys are spread over the nodes of a Cluster. */
  readonly isCluster: boolean;
  /** Sends a command. With RESP3, maps in a reply come as flat arrays. */
  command(args: readonly RedisArgument[], options?: RedisCommandOptions): Promise<unknown>;
  /** Runs a script by its hash; sends its source if the server does not know it. On a Cluster, the first key decides the node. */
  run(script: RedisScript, keys: readonly string[], args?: readonly RedisArgument[]): Promise<unknown>;
  /** Sends commands without waiting between them; each has its own outcome. */
  pipeline(
    commands: readonly (readonly RedisArgument[])[],
    options?: RedisCommandOptions,
  ): Promise<PromiseSettledResult<unknown>[]>;
  /** Removes the listener from the client, which stays connected. Idempotent. */
  close(): void;
}

type SendCommand = (args: (string | Buffer)[], options: RedisCommandOptions) => Promise<unknown>;

/**
 * Wraps a client of either library.
 * @param where Name of the caller in errors, such as `RedisLock: client`.
 * @param onFailure Called with the error of each failed command.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything else.
 */
export function redisCommands(
  client: RedisClient,
  where: string,
  onFailure?: (failure: Error) => void,
): RedisCommands {
  const [library, isCluster, send] = detectClient(client, where);
  const close = addErrorListener(client);
  const command: RedisCommands['command'] = async (args, options = {}) => {
    try {
      return await send(args.map(toClientArgument), options);
    } catch (error) {
      const own = sanitizedError(error);
      // A Sentinel client reports this only by rejecting commands that waited, unless it is set to pass errors on.
      if (isSentinel(client)) recordRefusal(client, own);
      const failure = connectionRefusal(client) ?? own;
      onFailure?.(failure);
      throw failure;
    }
  };
  return {
    library,
    isCluster,
    command,
    run: async ({ lua, sha }, keys, args = []) => {
      const rest = [String(keys.length), ...keys, ...args];
      const options = keys.length > 0 ? { key: keys[0]! } : {};
      try {
        return await command(['EVALSHA', sha, ...rest], options);
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        return command(['EVAL', lua, ...rest], options);
      }
    },
    pipeline: (commands, options) => Promise.allSettled(commands.map((args) => command(args, options))),
    close,
  };
}

// One listener per client, however many locks and buses use it: Node warns of a leak from the eleventh listener on.
interface ClientErrors {
  readonly users: Set<object>;
  readonly listeners: Readonly<Record<string, (said: unknown) => void>>;
  refusal: Error | null;
  isAsking: boolean;
}
const clientErrors = new WeakMap<RedisClient, ClientErrors>();

/** Adds listeners, so that error events do not end the process. @returns A function that removes them. */
function addErrorListener(client: RedisClient): () => void {
  const user = {};
  const record = clientErrors.get(client) ?? newClientErrors(client);
  clientErrors.set(client, record);
  const { users, listeners } = record;
  if (users.size === 0) for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
  users.add(user);
  return () => {
    if (!users.delete(user) || users.size > 0) return;
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener);
  };
}

function newClientErrors(client: RedisClient): ClientErrors {
  const record: ClientErrors = {
    users: new Set(),
    refusal: null,
    isAsking: false,
    listeners: {
      error: (error) => recordRefusal(client, sanitizedError(error)),
      // After a successful connection, the old refusal explains nothing.
      ready: () => void (record.refusal = null),
    },
  };
  return record;
}

function recordRefusal(client: RedisClient, failure: Error): void {
  const record = clientErrors.get(client);
  if (record && redisErrorKind(failure) === 'access-denied') record.refusal = failure;
}

/**
 * Why Redis refuses a client that keeps reconnecting, such as for a wrong password; `null` for a connected one. Without this, its
 * calls would wait, or fail with another error.
 */
export function connectionRefusal(client: RedisClient): Error | null {
  const { status, isReady } = client as { status?: string; isReady?: boolean };
  const record = clientErrors.get(client);
  if (!record?.refusal) return null;
  if (status === 'ready' || isReady === true) return (record.refusal = null);
  if (isSentinel(client)) pingOnce(client, record);
  return record.refusal;
}

// A Sentinel client stops reconnecting after some tries, until a command is sent.
function pingOnce(client: NodeRedisSentinel, record: ClientErrors): void {
  if (record.isAsking) return;
  record.isAsking = true;
  const done = (): void => void (record.isAsking = false);
  client.sendCommand(false, ['PING']).then(done, done);
}

function detectClient(client: RedisClient, where: string): [RedisCommands['library'], boolean, SendCommand] {
  if (hasMethods(client, ['call', 'callBuffer', 'duplicate', 'on', 'off']) && 'status' in client) {
    const redis = client as IoredisClient;
    return ['ioredis', isCluster(client), ioredisSend(redis)];
  }
  if (hasMethods(client, ['sendCommand', 'duplicate', 'connect', 'on', 'off'])) {
    if (isCluster(client)) return ['node-redis', true, clusterSend(client as NodeRedisCluster)];
    if (isSentinel(client)) return ['node-redis', false, sentinelSend(client)];
    // A pool of node-redis sends and subscribes differently and has no isReady.
    const one = client as NodeRedisClient;
    if (typeof one.isReady === 'boolean' && one.sendCommand.length < 3) {
      return ['node-redis', false, nodeRedisSend(one)];
    }
  }
  // The string may be a URL with a password.
  const shown = typeof client === 'string' ? 'a string' : quote(client);
  const expected =
    'a client of ioredis (Redis, Cluster) or of node-redis (createClient, createCluster; createSentinel of version 6)';
  throw new TickmarkError('INVALID_ARGUMENT', `${where}: expected ${expected}, got ${shown}.`);
}

/** Whether a client is for a Redis Cluster. */
export function isCluster(client: RedisClient): boolean {
  return (client as { isCluster?: boolean }).isCluster === true || hasMethods(client, ['nodeClient']);
}

/** Whether a client of node-redis asks Sentinels for its master. One of ioredis does not show it. */
export function isSentinel(client: RedisClient): client is NodeRedisSentinel {
  return hasMethods(client, ['getMasterNode', 'getSentinelNode', '_execute', 'sendCommand', 'duplicate']);
}

function hasMethods(client: unknown, methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}

function ioredisSend(client: IoredisClient): SendCommand {
  return ([name, ...args], { buffers }) => {
    // ioredis finds the keys of a command by its name in lower case.
    const command = String(name).toLowerCase();
    return buffers ? client.callBuffer(command, ...args) : client.call(command, ...args);
  };
}

function nodeRedisSend(client: NodeRedisClient): SendCommand {
  return (args, { buffers }) => client.sendCommand(args, buffers ? BUFFER_REPLIES : STRING_REPLIES);
}

function clusterSend(client: NodeRedisCluster): SendCommand {
  return (args, { key, buffers }) =>
    client.sendCommand(key, false, args, buffers ? BUFFER_REPLIES : STRING_REPLIES);
}

function sentinelSend(client: NodeRedisSentinel): SendCommand {
  return (args, { buffers }) => client.sendCommand(false, args, buffers ? BUFFER_REPLIES : STRING_REPLIES);
}

// For version 5 and later. Passed with each command, because the client may have its own mapping. The numbers are the first bytes
// of RESP3 types: simple string, blob string, map.
const [SIMPLE, BLOB, MAP] = [43, 36, 37];
const STRING_REPLIES = { typeMapping: { [MAP]: Array } };
const BUFFER_REPLIES = {
  typeMapping: { [MAP]: Array, [SIMPLE]: Buffer, [BLOB]: Buffer },
  // For version 4.
  returnBuffers: true,
};

function toClientArgument(part: RedisArgument): string | Buffer {
  if (typeof part === 'string' || Buffer.isBuffer(part)) return part;
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
