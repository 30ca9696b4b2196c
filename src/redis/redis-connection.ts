import { invalidArgument } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { isSentinel, redisCommands, type RedisClient, type RedisCommands } from './redis-client.js';
import { sanitizedError, redisErrorKind, endsConnection } from './redis-error.js';
import { findMaster, rotated } from './redis-sentinel.js';

/** What a connection tells of. */
export interface ConnectionEvents {
  /** A message of a channel that was subscribed to. */
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /**
   * The link is gone, or can no longer do its work, such as a node that has become a replica. For good: this connection is not
   * mended. Told once, with what it came from where that is known.
   */
  readonly onEnd: (cause?: Error) => void;
}

/**
 * A connection of a bus's own, which lives once: it never reconnects, queues nothing while it is down and sends nothing
 * twice, whatever the client it was copied from is set to. So each break is seen, and what was refused does not arrive later.
 */
export interface RedisConnection extends RedisCommands {
  connect(): Promise<void>;
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Cuts it. Idempotent. */
  destroy(): void;
}

/** Parts of both libraries' clients, none of which all of them have. */
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

// RESP2, so that replies look alike whatever the client speaks, and any server from 6.2 on will do.
const IOREDIS = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  // Buses write, whatever node the application reads from.
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
  // Needs RESP3, and moves a connection to another server behind one's back.
  maintNotifications: 'disabled',
  RESP: 2,
};

/** How to copy a client. */
export interface CopyOptions {
  /** Names the bus in errors. */
  readonly where: string;
  /** On a Cluster: of one of its nodes, as publishing and subscribing need; else of the whole. */
  readonly oneNode: boolean;
  /** Number of the database; of no account on a Cluster. */
  readonly db: number;
  readonly random: RandomSource;
  /** Longest wait for Sentinels, ms. */
  readonly timeoutMs: number;
}

/**
 * Copies a client into a connection that is not open yet.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no client; Error where Sentinels, or a Cluster client, know no node.
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

// Any, so that one that is down is not asked again and again.
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

// Each connection asks from the first on.
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
  // ioredis tells why a connection failed by its error event, and of the call only that it was closed.
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
      // ioredis goes on in database 0 where it may not select another.
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
        // node-redis throws where there is nothing left to destroy.
      }
    },
  };
}

/** Refuses a prefix of keys and channels that a Cluster would not keep in one place. */
export function checkPrefix(prefix: string, where: string): void {
  if (typeof prefix === 'string' && /^[^{}]+$/.test(prefix)) return;
  throw invalidArgument(`${where}: prefix`, prefix, 'a text that is not empty, without { and }');
}
