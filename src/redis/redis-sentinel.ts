import { invalidArgument } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import type { NodeRedisSentinel } from './redis-client.js';
import { sanitizedError, redisErrorKind } from './redis-error.js';

/** The options of a node-redis Sentinel client that tickmark uses. */
export interface SentinelOptions {
  readonly sentinelRootNodes: readonly object[];
  readonly sentinelClientOptions?: { readonly socket?: object };
  readonly nodeClientOptions?: { readonly socket?: object; readonly database?: unknown };
}

/**
 * Reads the options of a Sentinel client. The client passes them only to the constructor of its duplicates, so a fake constructor
 * captures them; no duplicate is made.
 * @param where Name of the caller in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown version of the library.
 */
export function sentinelOptions(client: NodeRedisSentinel, where: string): SentinelOptions {
  const kind = Object.create(client, { constructor: { value: CapturedOptions } }) as object;
  try {
    const given = (Object.create(kind) as NodeRedisSentinel).duplicate();
    if (given instanceof CapturedOptions && Array.isArray(given.options.sentinelRootNodes))
      return given.options;
  } catch {
    // Falls through to the error below.
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

/** Options of {@link findMaster}. */
export interface SentinelQueryOptions {
  /** Name of the bus in errors. */
  readonly where: string;
  /** Time limit for all Sentinels together, ms. */
  readonly timeoutMs: number;
  readonly random: RandomSource;
}

/**
 * Asks the Sentinels for the current master. Returns a closed client with its settings, to be copied. Does not use the connections
 * of the caller's client, which may be busy or not know the new master yet.
 * @throws Error Why a Sentinel or the master refused access; otherwise why no master was found.
 */
export async function findMaster<Client>(
  client: NodeRedisSentinel,
  { where, timeoutMs, random }: SentinelQueryOptions,
): Promise<Client> {
  const { sentinelRootNodes, sentinelClientOptions, nodeClientOptions } = sentinelOptions(client, where);
  // A silent Sentinel leaves time for the next one.
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
  let reason: Error | undefined;
  asking.on('error', (error) => {
    const failure = sanitizedError(error);
    if (redisErrorKind(failure) !== 'broken') reason = failure;
  });
  try {
    await asking.connect();
    const taken = async (master: unknown): Promise<unknown> => master;
    return (await asking._execute(false, taken as never)) as Client;
  } catch (error) {
    // The last error only reports that no Sentinel is usable; an earlier one explains why.
    throw reason ?? sanitizedError(error);
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

/** Begins at a random Sentinel, so that a silent or outdated one is not always asked first. */
export function rotated<Each>(sentinels: readonly Each[], random: RandomSource): Each[] {
  const first = Math.floor(random() * sentinels.length);
  return [...sentinels.slice(first), ...sentinels.slice(0, first)];
}
