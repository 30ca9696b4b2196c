import { invalidArgument } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { redisCommands, type RedisClient, type RedisCommands } from './redis-client.js';

/** What a connection tells of. */
export interface ConnectionEvents {
  /** A message of a channel that was subscribed to. */
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /** The link is gone, for good: this connection is not mended. */
  readonly onEnd: () => void;
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
interface Copied {
  on(event: string, listener: (...args: never[]) => void): unknown;
  connect(): Promise<unknown>;
  disconnect?(): unknown;
  destroy?(): unknown;
  subscribe(channel: string, listener?: unknown, buffers?: boolean): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  readonly isReady?: boolean;
}

interface Original {
  readonly options?: { readonly socket?: object; readonly redisOptions?: object };
  readonly masters?: readonly unknown[];
  duplicate(...args: object[]): Copied;
  nodes?(role: 'master'): Original[];
  nodeClient?(node: unknown): Promise<Original>;
}

// RESP2, so that replies look alike whatever the client speaks, and any server from 6.2 on will do.
const IOREDIS = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
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
  protocol: 2,
};
const IOREDIS_CLUSTER = {
  clusterRetryStrategy: () => null,
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

/**
 * Copies a client into a connection that is not open yet.
 * @param oneNode On a Cluster: of one of its nodes, as publishing and subscribing need; else of the whole.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no client.
 */
export async function copyConnection(
  client: RedisClient,
  where: string,
  oneNode: boolean,
  events: ConnectionEvents,
  random: RandomSource,
): Promise<RedisConnection> {
  const original = client as unknown as Original;
  const { library, isCluster, close } = redisCommands(client, where);
  close();
  const isWhole = isCluster && !oneNode;
  const node = isCluster && oneNode ? await nodeOf(original, random) : original;
  const copy = library === 'ioredis' ? copyOfIoredis(node, isWhole) : copyOfNodeRedis(node, isWhole);
  return connectionOf(copy, redisCommands(copy as unknown as RedisClient, where), events);
}

// Any, so that one that is down is not asked again and again.
async function nodeOf(cluster: Original, random: RandomSource): Promise<Original> {
  const nodes = (cluster.nodes ? cluster.nodes('master') : cluster.masters) ?? [];
  const node = nodes[Math.floor(random() * nodes.length)];
  if (!node) throw new Error('The Cluster client knows no node yet.');
  return cluster.nodeClient ? cluster.nodeClient(node) : (node as Original);
}

function copyOfIoredis(original: Original, isWhole: boolean): Copied {
  if (!isWhole) return original.duplicate(IOREDIS);
  const { lazyConnect: _lazy, keyPrefix: _prefix, ...node } = IOREDIS;
  const redisOptions = { ...original.options?.redisOptions, ...node };
  return original.duplicate([], { ...IOREDIS_CLUSTER, redisOptions });
}

function copyOfNodeRedis(original: Original, isWhole: boolean): Copied {
  if (isWhole)
    return original.duplicate({ RESP: 2, maintNotifications: 'disabled', commandOptions: undefined });
  const socket = { ...original.options?.socket, reconnectStrategy: false, socketTimeout: undefined };
  return original.duplicate({ ...NODE_REDIS, socket });
}

function connectionOf(copy: Copied, commands: RedisCommands, events: ConnectionEvents): RedisConnection {
  const { onMessage } = events;
  let isEnded = false;
  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    events.onEnd();
  };
  const isIoredis = commands.library === 'ioredis';
  const receive = (channel: Buffer, message: Buffer): void => onMessage?.(channel.toString(), message);
  if (isIoredis) {
    copy.on('messageBuffer', receive);
    for (const event of ['close', 'end']) copy.on(event, end);
  } else {
    copy.on('end', end);
    copy.on('error', () => {
      if (copy.isReady === false) end();
    });
  }
  const listener = (message: Buffer, channel: Buffer): void => receive(channel, message);
  return {
    ...commands,
    connect: async () => void (await copy.connect()),
    subscribe: async (channel) => {
      await (isIoredis ? copy.subscribe(channel) : copy.subscribe(channel, listener, true));
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
