import { invalidArgument } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { isSentinel, type RedisClient } from './redis-client.js';
import { redisCommands, type RedisCommands } from './redis-commands.js';
import { sanitizedError, redisErrorKind, endsConnection } from './redis-error.js';
import { findMaster, rotated } from './redis-sentinel.js';

/** Events of a connection. */
export interface ConnectionEvents {
  /** A message of a subscribed channel. */
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /**
   * The connection is closed, or unusable, such as on a node that became a replica. It does not reconnect. Called once, with the
   * cause if it is known.
   */
  readonly onEnd: (cause?: Error) => void;
}

/**
 * A connection that belongs to one bus. It never reconnects, queues nothing while it is down and sends nothing twice, whatever the
 * settings of the copied client. So every break is noticed, and a rejected message does not arrive later.
 */
export interface RedisConnection extends RedisCommands {
  connect(): Promise<void>;
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Closes it at once. Idempotent. */
  destroy(): void;
}

/** Methods of the clients of both libraries; no client has all of them. */
interface CopiedClient {
  on(event: string, listener: (...args: never[]) => void): unknown;
  connect(): Promise<unknown>;
  disconnect?(): unknown;
  destroy?(): unknown;
  subscribe(channel: string, listener?: unknown, buffers?: boolean): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  readonly isReady?: boolean;
}

interface OriginalClient {
  readonly options?: {
    readonly socket?: object;
    readonly redisOptions?: object;
    readonly sentinels?: readonly object[] | null;
  };
  readonly masters?: readonly unknown[];
  duplicate(...args: object[]): CopiedClient;
  nodes?(role: 'master'): OriginalClient[];
  nodeClient?(node: unknown): Promise<OriginalClient>;
}

// RESP2, so that replies look the same for every client, and any server from 6.2 on works.
const IOREDIS = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  // Buses write, whichever node the application reads from.
  role: 'master',
  readOnly: false,
  reconnectOnError: null,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  keyPrefix: '',
  stringNumbers: false,
  protocol: 2,
};
const IOREDIS_CLUSTER = {
  clusterRetryStrategy: () => null,
  scaleReads: 'master',
  lazyConnect: true,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  keyPrefix: '',
};
const NODE_REDIS = {
  disableOfflineQueue: true,
  pingInterval: undefined,
  clientSideCache: undefined,
  commandOptions: undefined,
  keyPrefix: undefined,
  // Needs RESP3, and would silently move a connection to another server.
  maintNotifications: 'disabled',
  RESP: 2,
};

/** Options of {@link copyConnection}. */
export interface CopyOptions {
  /** Name of the bus in errors. */
  readonly where: string;
  /** On a Cluster: connect to one node, as Pub/Sub needs; otherwise to the whole Cluster. */
  readonly oneNode: boolean;
  /** Number of the database; ignored on a Cluster. */
  readonly db: number;
  readonly random: RandomSource;
  /** Time limit for Sentinels, ms. */
  readonly timeoutMs: number;
}

/**
 * Copies the settings of a client into a connection that is not open yet.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything but a client; Error if Sentinels, or a Cluster client, know no node.
 */
export async function copyConnection(
  client: RedisClient,
  { where, oneNode, db, random, timeoutMs }: CopyOptions,
  events: ConnectionEvents,
): Promise<RedisConnection> {
  const original = client as unknown as OriginalClient;
  const what = `${where}: client`;
  const { library, isCluster, close } = redisCommands(client, what);
  close();
  const isWhole = isCluster && !oneNode;
  const node = isSentinel(client)
    ? await findMaster<OriginalClient>(client, { where: what, timeoutMs, random })
    : isCluster && oneNode
      ? await randomNode(original, random)
      : original;
  const isIoredis = library === 'ioredis';
  const select = isCluster ? {} : isIoredis ? { db } : { database: db };
  const copy = isIoredis ? copyIoredis(node, isWhole, select, random) : copyNodeRedis(node, isWhole, select);
  return wrapConnection(copy, what, events);
}

// Random, so that a node that is down is not tried again and again.
async function randomNode(cluster: OriginalClient, random: RandomSource): Promise<OriginalClient> {
  const nodes = (cluster.nodes ? cluster.nodes('master') : cluster.masters) ?? [];
  const node = nodes[Math.floor(random() * nodes.length)];
  if (!node) throw new Error('The Cluster client knows no node yet.');
  return cluster.nodeClient ? cluster.nodeClient(node) : (node as OriginalClient);
}

function copyIoredis(
  original: OriginalClient,
  isWhole: boolean,
  select: object,
  random: RandomSource,
): CopiedClient {
  if (!isWhole) return original.duplicate({ ...IOREDIS, ...select, ...rotatedSentinels(original, random) });
  const { lazyConnect: _lazy, keyPrefix: _prefix, ...node } = IOREDIS;
  const redisOptions = { ...original.options?.redisOptions, ...node };
  return original.duplicate([], { ...IOREDIS_CLUSTER, redisOptions });
}

// Every connection starts at the first Sentinel of its list.
function rotatedSentinels({ options }: OriginalClient, random: RandomSource): object {
  const sentinels = options?.sentinels;
  return sentinels ? { sentinels: rotated(sentinels, random) } : {};
}

function copyNodeRedis(original: OriginalClient, isWhole: boolean, select: object): CopiedClient {
  if (isWhole)
    return original.duplicate({ RESP: 2, maintNotifications: 'disabled', commandOptions: undefined });
  const socket = { ...original.options?.socket, reconnectStrategy: false, socketTimeout: undefined };
  return original.duplicate({ ...NODE_REDIS, ...select, socket });
}

function wrapConnection(
  copy: CopiedClient,
  where: string,
  { onMessage, onEnd }: ConnectionEvents,
): RedisConnection {
  let isEnded = false;
  // ioredis reports the cause of a failed connection by its error event; the call only rejects as closed.
  let lastError: Error | undefined;
  const end = (cause = lastError): void => {
    if (isEnded) return;
    isEnded = true;
    onEnd(cause);
  };
  const commands = redisCommands(copy as unknown as RedisClient, where, (failure) => {
    if (endsConnection(failure)) end(failure);
  });
  const isIoredis = commands.library === 'ioredis';
  const receive = (channel: Buffer, message: Buffer): void => onMessage?.(channel.toString(), message);
  copy.on('error', (error: unknown) => {
    lastError = sanitizedError(error);
    if (!isIoredis && copy.isReady === false) end();
  });
  if (isIoredis) copy.on('messageBuffer', receive);
  for (const event of isIoredis ? ['close', 'end'] : ['end']) copy.on(event, () => end());
  const listener = (message: Buffer, channel: Buffer): void => receive(channel, message);
  return {
    ...commands,
    connect: async () => {
      await copy.connect().catch((error: unknown) => {
        throw lastError ?? sanitizedError(error);
      });
      // ioredis continues in database 0 if it may not select another one.
      if (lastError && redisErrorKind(lastError) === 'access-denied') throw lastError;
    },
    subscribe: async (channel) => {
      try {
        await (isIoredis ? copy.subscribe(channel) : copy.subscribe(channel, listener, true));
      } catch (error) {
        throw sanitizedError(error);
      }
    },
    unsubscribe: async (channel) => void (await copy.unsubscribe(channel)),
    destroy() {
      isEnded = true;
      try {
        if (isIoredis) copy.disconnect?.();
        else copy.destroy?.();
      } catch {
        // node-redis throws if there is nothing to destroy.
      }
    },
  };
}

/** Refuses a prefix of keys and channels that a Cluster would not keep in one slot. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkPrefix(prefix: string, where: string): void {
  if (typeof prefix === 'string' && /^[^{}]+$/.test(prefix)) return;
  throw invalidArgument(`${where}: prefix`, prefix, 'a string that is not empty, without { and }');
}
