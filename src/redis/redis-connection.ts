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
  const ending = new ConnectionEnd();
  // ioredis reports the cause of a failed connection by its error event; the call only rejects as closed.
  let lastError: Error | undefined;
  const end = (cause = lastError): void => {
    if (ending.end(cause)) onEnd(cause);
  };
  const untilEnd = <Result>(call: Promise<Result>): Promise<Result> => ending.untilEnd(call);
  const commands = redisCommands(copy as unknown as RedisClient, where, {
    untilEnd,
    onFailure: (failure) => {
      if (endsConnection(failure)) end(failure);
    },
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
      await untilEnd(copy.connect()).catch((error: unknown) => {
        throw lastError ?? sanitizedError(error);
      });
      // ioredis continues in database 0 if it may not select another one.
      if (lastError && redisErrorKind(lastError) === 'access-denied') throw lastError;
    },
    subscribe: async (channel) => {
      try {
        await untilEnd(isIoredis ? copy.subscribe(channel) : copy.subscribe(channel, listener, true));
      } catch (error) {
        throw sanitizedError(error);
      }
    },
    unsubscribe: async (channel) => void (await untilEnd(copy.unsubscribe(channel))),
    destroy() {
      ending.end();
      try {
        if (isIoredis) copy.disconnect?.();
        else copy.destroy?.();
      } catch {
        // node-redis throws if there is nothing to destroy.
      }
    },
  };
}

/** Rejects the calls of a connection as soon as it has ended: a client may leave some of them open for ever. */
class ConnectionEnd {
  readonly #rejects = new Set<(error: Error) => void>();
  #error: Error | null = null;

  /** Ends the connection. @returns Whether this is the first call. */
  end(cause = new Error('The connection to Redis was closed.')): boolean {
    if (this.#error) return false;
    this.#error = cause;
    for (const reject of this.#rejects) reject(cause);
    this.#rejects.clear();
    return true;
  }

  /** Settles as the call, or rejects with the cause of the end. */
  untilEnd<Result>(call: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const ended = (error: Error): void => reject(error);
      this.#rejects.add(ended);
      call.finally(() => this.#rejects.delete(ended)).then(resolve, reject);
      if (this.#error) reject(this.#error);
    });
  }
}
