import { ClientError } from '../client-error.js';
import type {
  FetchAnswer,
  FetchTopic,
  PlatformaticBroker,
  PlatformaticConsumer,
  PlatformaticFetchApi,
  PlatformaticModule,
} from './platformatic-module.js';

// Those that name a topic by its id, as the client's metadata do.
const VERSIONS = [17, 16, 15, 14, 13] as const;
const MAX_BYTES = 10 * 1024 * 1024;
const COMMITTED_RECORDS = 1;

/** Sends one fetch request to a broker. Rejects as the client does. */
export type FetchRequest = (broker: PlatformaticBroker, topics: FetchTopic[]) => Promise<FetchAnswer>;

/**
 * The request itself, with the highest version that both sides know. The `fetch()` of the client drops only some of the records of aborted
 * transactions (1.35), and hides which they are.
 */
export function fetchRequest(
  client: PlatformaticModule,
  reader: PlatformaticConsumer,
  maxWaitMs: number,
): FetchRequest {
  let api: Promise<ReturnType<typeof apiOf>> | null = null;
  return async (broker, topics) => {
    api ??= reader.listApis().then((apis) =>
      apiOf(
        client,
        apis.find(({ name }) => name === 'Fetch'),
      ),
    );
    const known = api;
    const { async: send } = await known.catch((error: unknown) => {
      api = null;
      throw error;
    });
    const connection = await reader.connections.get(broker);
    return send(connection, maxWaitMs, 1, MAX_BYTES, COMMITTED_RECORDS, 0, 0, topics, [], '');
  };
}

function apiOf(
  client: PlatformaticModule,
  range?: { readonly minVersion: number; readonly maxVersion: number },
) {
  const version = VERSIONS.find((each) => range && each >= range.minVersion && each <= range.maxVersion);
  const found = version && client[`fetchV${version}`];
  if (found) return (found as PlatformaticFetchApi).api;
  const message = 'the brokers do not know version 13 of the fetch request: Kafka 3.1 or newer is needed';
  throw new ClientError({ message, type: 'UNSUPPORTED_VERSION', retriable: false });
}
