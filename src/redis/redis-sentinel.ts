import { invalidArgument } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import type { NodeRedisSentinel } from './redis-client.js';
import { sanitizedError, redisErrorKind } from './redis-error.js';

/** What is used of the options that a node-redis Sentinel client was made with. */
export interface SentinelOptions {
  readonly sentinelRootNodes: readonly object[];
  readonly sentinelClientOptions?: { readonly socket?: object };
  readonly nodeClientOptions?: { readonly socket?: object; readonly database?: unknown };
}

/**
 * Reads the options of a Sentinel client. It shows them to nobody but the constructor of its duplicates, so that is where they are
 * read: no duplicate is made.
 * @param where names the caller in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` where its library is another than was known here.
 */
export function sentinelOptions(client: NodeRedisSentinel, where: string): SentinelOptions {
  const kind = Object.create(client, { constructor: { value: CapturedOptions } }) as object;
  try {
    const given = (Object.create(kind) as NodeRedisSentinel).duplicate();
    if (given instanceof CapturedOptions && Array.isArray(given.options.sentinelRootNodes))
      return given.options;
  } catch {
    // As where it gave something else.
  }
  throw invalidArgument(
    where,
    client,
    'a Sentinel client of node-redis whose duplicate() passes its options on',
  );
}

class CapturedOptions {
  readonly options: SentinelOptions;

  constructor(options: SentinelOptions) {
    this.options = options;
  }
}

/** How to ask Sentinels. */
export interface SentinelQueryOptions {
  /** Names the bus in errors. */
  readonly where: string;
  /** Longest wait for all, ms. */
  readonly timeoutMs: number;
  readonly random: RandomSource;
}

/**
 * Asks the Sentinels for the master, anew each time, and gives a client that is set up for it, to be copied: it is closed. The
 * caller's client is left alone, since its connections may be in use, and it may not know yet.
 * @throws Error why a Sentinel, or the master, let nobody in; else why there is no master.
 */
export async function findMaster<Client>(
  client: NodeRedisSentinel,
  { where, timeoutMs, random }: SentinelQueryOptions,
): Promise<Client> {
  const { sentinelRootNodes, sentinelClientOptions, nodeClientOptions } = sentinelOptions(client, where);
  // One that is silent leaves time for the next.
  const limits = { connectTimeout: timeoutMs / 2, socketTimeout: timeoutMs / 2, reconnectStrategy: false };
  const asking = client.duplicate({
    ...SINGLE_QUERY,
    sentinelRootNodes: rotated(sentinelRootNodes, random),
    sentinelClientOptions: {
      ...sentinelClientOptions,
      socket: { ...sentinelClientOptions?.socket, ...limits },
    },
    nodeClientOptions: { ...nodeClientOptions, socket: { ...nodeClientOptions?.socket, ...limits } },
  }) as NodeRedisSentinel;
  let said: Error | undefined;
  asking.on('error', (error) => {
    const failure = sanitizedError(error);
    if (redisErrorKind(failure) !== 'broken') said = failure;
  });
  try {
    await asking.connect();
    const taken = async (master: unknown): Promise<unknown> => master;
    return (await asking._execute(false, taken as never)) as Client;
  } catch (error) {
    // That none of the Sentinels is of use is the last of what it says.
    throw said ?? sanitizedError(error);
  } finally {
    asking.destroy().catch(() => undefined);
  }
}

const SINGLE_QUERY = {
  maxCommandRediscovers: 0,
  masterPoolSize: 1,
  replicaPoolSize: 0,
  reserveClient: false,
  scanInterval: 0,
  passthroughClientErrorEvents: false,
  clientSideCache: undefined,
};

/** Begins with any: one that is silent, or tells of the master before, must not be asked first each time. */
export function rotated<Each>(sentinels: readonly Each[], random: RandomSource): Each[] {
  const first = Math.floor(random() * sentinels.length);
  return [...sentinels.slice(first), ...sentinels.slice(0, first)];
}
