import type { Clock, Timer } from '../../core/clock.js';
import { checkMaster } from '../node-role.js';
import type { RedisConnection } from '../redis-connection.js';
import { redisErrorKind } from '../redis-error.js';
import type { RedisLink } from '../redis-link.js';

/** Options of {@link DeliveryProbe}. */
export interface DeliveryProbeOptions {
  /** A channel that only this bus uses. */
  readonly channel: string;
  readonly clock: Clock;
  /** Time limit of a probe, ms. */
  readonly timeoutMs: number;
  /** Whether only a master delivers published messages: not on a Cluster. */
  readonly hasRoles: boolean;
  readonly publishing: () => RedisLink;
  readonly listening: () => RedisLink;
}

/** A bus does not receive its own messages. */
export class NotDeliveredError extends Error {
  constructor(timeoutMs: number) {
    super(`a published message did not reach the bus's own subscription within ${timeoutMs} ms`);
    this.name = 'NotDeliveredError';
  }
}

/** Whether a link went down because it was connected to the wrong node. */
export function isWrongNode(cause: unknown): boolean {
  return (
    cause instanceof NotDeliveredError || (cause instanceof Error && redisErrorKind(cause) === 'wrong-node')
  );
}

/**
 * Checks that messages of a bus are delivered. The node it publishes on must be a master, and numbered messages to itself must
 * arrive at its own subscription. If Redis accepts one that does not arrive, both connections are dropped: they are with different
 * nodes, such as after a failover, and either may be the wrong one.
 */
export class DeliveryProbe {
  readonly #options: DeliveryProbeOptions;
  #listener: RedisConnection | null = null;
  #number = 0;
  #sentAt = 0;
  #roleAt: number;
  #deliveredAt: number;
  #timer: Timer | null = null;

  constructor(options: DeliveryProbeOptions) {
    this.#options = options;
    this.#roleAt = this.#deliveredAt = options.clock.now();
  }

  /** Until when delivery is confirmed; ms since 1970. */
  get confirmedAt(): number {
    return this.#listener ? Math.min(this.#roleAt, this.#deliveredAt) : this.#roleAt;
  }

  /** Subscribes on a new connection. Without permission for it, no probe is sent. */
  async listen(connection: RedisConnection): Promise<void> {
    this.stop();
    this.#listener = null;
    if (!(await isPermitted(connection.subscribe(this.#options.channel)))) return;
    this.#deliveredAt = this.#options.clock.now();
    this.#listener = connection;
  }

  /** Checks a new publishing connection. @throws Error if its node is a replica. */
  async open(connection: RedisConnection): Promise<void> {
    await (this.#options.hasRoles ? checkMaster(connection) : connection.command(['PING']));
    this.#roleAt = this.#options.clock.now();
  }

  /** Checks the node, and sends a probe unless one is under way. @throws Error as `open`. */
  async run(connection: RedisConnection): Promise<void> {
    await this.open(connection);
    const { channel, listening, clock, timeoutMs } = this.#options;
    const listener = listening().connection;
    if (this.#timer || !listener || listener !== this.#listener) return;
    const number = ++this.#number;
    this.#sentAt = clock.now();
    // Messages that have arrived are read first.
    const judge = (): void => void (this.#timer = clock.defer(() => this.#missed(connection, listener)));
    this.#timer = clock.setTimer(judge, timeoutMs);
    if (await isPermitted(connection.command(['PUBLISH', channel, String(number)]))) return;
    this.stop();
    this.#listener = null;
  }

  /** @returns Whether the message was a probe. */
  handles(channel: string, message: Uint8Array): boolean {
    if (channel !== this.#options.channel) return false;
    if (Number(new TextDecoder().decode(message)) === this.#number) {
      this.#deliveredAt = this.#sentAt;
      this.stop();
    }
    return true;
  }

  /** Stops waiting for a probe, because a link is down. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = null;
  }

  #missed(publisher: RedisConnection, listener: RedisConnection): void {
    const { publishing, listening, timeoutMs } = this.#options;
    const cause = new NotDeliveredError(timeoutMs);
    listening().fail(listener, cause);
    publishing().fail(publisher, cause);
  }
}

async function isPermitted(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const kind = redisErrorKind(error as Error);
    if (kind !== 'permanent' && kind !== 'transient') throw error;
    return false;
  }
}
