import type { CopiedClient } from './copied-client.js';
import type { RedisClient } from './redis-client.js';
import { redisCommands, type RedisCommands } from './redis-commands.js';
import { endsConnection, redisErrorKind, sanitizedError } from './redis-error.js';

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

/** A connection over a copied client, not open yet. @param where Name of the client in errors. */
export function redisConnection(
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
