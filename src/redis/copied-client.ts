import type { RandomSource } from '../core/random.js';
import { isSentinel, type RedisClient } from './redis-client.js';
import { redisCommands } from './redis-commands.js';
import { findMaster, rotated } from './redis-sentinel.js';

/** Methods of the clients of both libraries; no client has all of them. */
export interface CopiedClient {
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

/** Options of {@link copyClient}. */
export interface CopyOptions {
  /** Name of the client in errors. */
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
 * Copies the settings of a client into a client that is not connected yet.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything but a client; Error if Sentinels, or a Cluster client, know no node.
 */
export async function copyClient(
  client: RedisClient,
  { where, oneNode, db, random, timeoutMs }: CopyOptions,
): Promise<CopiedClient> {
  const original = client as unknown as OriginalClient;
  const { library, isCluster, close } = redisCommands(client, where);
  close();
  const isWhole = isCluster && !oneNode;
  const node = isSentinel(client)
    ? await findMaster<OriginalClient>(client, { where, timeoutMs, random })
    : isCluster && oneNode
      ? await randomNode(original, random)
      : original;
  const isIoredis = library === 'ioredis';
  const select = isCluster ? {} : isIoredis ? { db } : { database: db };
  return isIoredis ? copyIoredis(node, isWhole, select, random) : copyNodeRedis(node, isWhole, select);
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
