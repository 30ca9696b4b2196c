import { isSentinel, type NodeRedisSentinel, type RedisClient } from './redis-client.js';
import { redisErrorKind, sanitizedError } from './redis-error.js';

// One listener per client, however many locks and buses use it: Node warns of a leak from the eleventh listener on.
interface ClientErrors {
  readonly users: Set<object>;
  readonly listeners: Readonly<Record<string, (argument: unknown) => void>>;
  refusal: Error | null;
  isAsking: boolean;
}
const clientErrors = new WeakMap<RedisClient, ClientErrors>();

/** Adds listeners, so that error events do not end the process. @returns A function that removes them. */
export function addErrorListener(client: RedisClient): () => void {
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

/** Remembers an error that explains why Redis refuses the client. */
export function recordRefusal(client: RedisClient, failure: Error): void {
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
