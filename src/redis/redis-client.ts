import { createHash } from 'node:crypto';
import { TickmarkError, quote } from '../core/errors.js';
import { sanitizedError, redisErrorKind } from './redis-error.js';

/** Part of a command: a text is sent as UTF-8, bytes as they are. */
export type RedisArgument = string | Uint8Array;

interface RedisEvents {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What is used of an ioredis client (5 or later): `new Redis()` or `new Cluster()`. */
export interface IoredisClient extends RedisEvents {
  readonly status: string;
  call(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  duplicate(): unknown;
}

/** What is used of a node-redis client (4 or later): `createClient()`, connected by the caller. */
export interface NodeRedisClient extends RedisEvents {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(args: (string | Buffer)[], options?: object): Promise<unknown>;
  duplicate(): unknown;
}

/** What is used of a node-redis cluster (4 or later): `createCluster()`, connected by the caller. */
export interface NodeRedisCluster extends RedisEvents {
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

/** What is used of a node-redis Sentinel client (6 or later): `createSentinel()`, connected by the caller. */
export interface NodeRedisSentinel extends RedisEvents {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): Promise<void>;
  getMasterNode(): unknown;
  getSentinelNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, args: (string | Buffer)[], options?: object): Promise<unknown>;
  /** Runs a function with its client to the master. */
  _execute(isReadonly: boolean, run: never): Promise<unknown>;
  duplicate(overrides?: object): unknown;
}

/**
 * A client that the caller has made, from ioredis or node-redis, for one server, for a master that Sentinels know, or for a Redis
 * Cluster. It is told apart by what it can do. The caller connects and ends it; tickmark adds a listener to its `error` events while it uses it, since a
 * client without one would end the process when its link breaks.
 */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** A Lua script and the SHA-1 that servers know it by. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

/** Names a script. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** How to send a command. */
export interface RedisCommandOptions {
  /** A key of the command: finds its node on a Cluster. Without one, any node may answer. */
  readonly key?: string;
  /** Texts of the reply as `Buffer`. Default: as strings. */
  readonly buffers?: boolean;
}

/** One face of every client: what a lock and a bus ask of Redis. Rejects with {@link sanitizedError} of the client's error. */
export interface RedisCommands {
  /** Which library the client comes from. */
  readonly library: 'ioredis' | 'node-redis';
  /** Whether keys are spread over the nodes of a Cluster. */
  readonly isCluster: boolean;
  /** Sends a command. Maps in a reply come as flat arrays where the link speaks RESP3. */
  command(args: readonly RedisArgument[], options?: RedisCommandOptions): Promise<unknown>;
  /** Runs a script by its hash, and sends its text where the server does not know it. On a Cluster, by the first key. */
  run(script: RedisScript, keys: readonly string[], args?: readonly RedisArgument[]): Promise<unknown>;
  /** Sends commands back to back, without waiting in between; each has an outcome of its own. */
  pipeline(
    commands: readonly (readonly RedisArgument[])[],
    options?: RedisCommandOptions,
  ): Promise<PromiseSettledResult<unknown>[]>;
  /** Takes the listener off the client, which stays connected. Idempotent. */
  close(): void;
}

type SendCommand = (args: (string | Buffer)[], options: RedisCommandOptions) => Promise<unknown>;

/**
 * Speaks to a client of either library.
 * @param where names the caller in the error, such as `RedisLock: client`.
 * @param onFailure told of each command that failed.
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
      // A Sentinel client says it of what has waited for it, and else only if told to pass errors on.
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

// One listener a client, however many locks and buses use it: Node warns of a leak from the eleventh on.
interface ClientErrors {
  readonly users: Set<object>;
  readonly listeners: Readonly<Record<string, (said: unknown) => void>>;
  refusal: Error | null;
  isAsking: boolean;
}
const clientErrors = new WeakMap<RedisClient, ClientErrors>();

/** Keeps the client's error events from ending the process; returns what ends that. */
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
      // What was put right is no reason for the next break.
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
 * Why Redis does not let a client in that is connecting again and again, such as for a wrong password; `null` for one that is
 * connected. Its calls wait, or are told of something else.
 */
export function connectionRefusal(client: RedisClient): Error | null {
  const { status, isReady } = client as { status?: string; isReady?: boolean };
  const record = clientErrors.get(client);
  if (!record?.refusal) return null;
  if (status === 'ready' || isReady === true) return (record.refusal = null);
  if (isSentinel(client)) pingOnce(client, record);
  return record.refusal;
}

// A Sentinel client gives connecting up after a number of tries, until it is asked for something.
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
    // Its pool has other ways to send and to subscribe, and no isReady.
    const one = client as NodeRedisClient;
    if (typeof one.isReady === 'boolean' && one.sendCommand.length < 3) {
      return ['node-redis', false, nodeRedisSend(one)];
    }
  }
  // A text may be a URL with a password.
  const shown = typeof client === 'string' ? 'a text' : quote(client);
  const expected =
    'a client of ioredis (Redis, Cluster) or of node-redis (createClient, createCluster; createSentinel of version 6)';
  throw new TickmarkError('INVALID_ARGUMENT', `${where}: expected ${expected}, got ${shown}.`);
}

/** Whether a client is one for a Redis Cluster. */
export function isCluster(client: RedisClient): boolean {
  return (client as { isCluster?: boolean }).isCluster === true || hasMethods(client, ['nodeClient']);
}

/** Whether a client asks Sentinels for its master; one of ioredis does so without showing it. */
export function isSentinel(client: RedisClient): client is NodeRedisSentinel {
  return hasMethods(client, ['getMasterNode', 'getSentinelNode', '_execute', 'sendCommand', 'duplicate']);
}

function hasMethods(client: unknown, methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}

function ioredisSend(client: IoredisClient): SendCommand {
  return ([name, ...args], { buffers }) => {
    // It looks up where the keys of a command are by its name in lower case.
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

// Of version 5 and later; given with each command, since a client may have a mapping of its own. The numbers are the first
// bytes of RESP3 types: simple string, blob string, map.
const [SIMPLE, BLOB, MAP] = [43, 36, 37];
const STRING_REPLIES = { typeMapping: { [MAP]: Array } };
const BUFFER_REPLIES = {
  typeMapping: { [MAP]: Array, [SIMPLE]: Buffer, [BLOB]: Buffer },
  // Of version 4.
  returnBuffers: true,
};

function toClientArgument(part: RedisArgument): string | Buffer {
  if (typeof part === 'string' || Buffer.isBuffer(part)) return part;
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
