import { createHash } from 'node:crypto';
import { TickmarkError, quote } from '../core/errors.js';
import { addErrorListener, connectionRefusal, recordRefusal } from './client-errors.js';
import {
  hasMethods,
  isCluster,
  isSentinel,
  type IoredisClient,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  type RedisClient,
} from './redis-client.js';
import { sanitizedError } from './redis-error.js';

/** Part of a command: strings are sent as UTF-8, bytes as they are. */
export type RedisArgument = string | Uint8Array;

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

/** Options of {@link redisCommands}. */
export interface RedisCommandsOptions {
  /** Called with the error of each failed command. */
  readonly onFailure?: (failure: Error) => void;
  /** Settles as the call, or rejects when the connection ends. Default: as the call. */
  readonly untilEnd?: <Result>(call: Promise<Result>) => Promise<Result>;
}

type SendCommand = (args: (string | Buffer)[], options: RedisCommandOptions) => Promise<unknown>;

/**
 * Wraps a client of either library.
 * @param where Name of the caller in errors, such as `RedisLock: client`.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything else.
 */
export function redisCommands(
  client: RedisClient,
  where: string,
  { onFailure, untilEnd = (call) => call }: RedisCommandsOptions = {},
): RedisCommands {
  const [library, isCluster, send] = detectClient(client, where);
  const close = addErrorListener(client);
  const command: RedisCommands['command'] = async (args, options = {}) => {
    try {
      return await untilEnd(send(args.map(toClientArgument), options));
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
