import type { Clock, Timer } from '../../core/clock.js';
import { checkMaster } from '../node-role.js';
import type { RedisConnection } from '../redis-connection.js';
import { redisErrorKind } from '../redis-error.js';
import type { RedisLink } from '../redis-link.js';

/** What a {@link DeliveryProbe} works with. */
export interface DeliveryProbeOptions {
  /** A channel of this bus alone. */
  readonly channel: string;
  readonly clock: Clock;
  /** Longest way of a probe, ms. */
  readonly timeoutMs: number;
  /** Whether only masters pass on what is published: not on a Cluster. */
  readonly hasRoles: boolean;
  readonly publishing: () => RedisLink;
  readonly listening: () => RedisLink;
}

/** Published messages do not come to the subscription of the same bus. */
export class NotDeliveredError extends Error {
  constructor(timeoutMs: number) {
    super(`what is published does not come to the own subscription within ${timeoutMs} ms`);
    this.name = 'NotHeardError';
  }
}

/** Whether a link went down since its node was the wrong one; the connection was fine. */
export function isWrongNode(cause: unknown): boolean {
  return (
    cause instanceof NotDeliveredError || (cause instanceof Error && redisErrorKind(cause) === 'wrong-node')
  );
}

/**
 * Finds out whether what a bus publishes is heard. The node that it publishes on must be a master; and numbered messages that it
 * sends itself must come to its own subscription. Where one is taken and does not come, both connections are given up: they are with
 * different nodes, such as after a failover, and either may be the wrong one.
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

  /** Until when what was published was heard, as far as is known; ms since 1970. */
  get confirmedAt(): number {
    return this.#listener ? Math.min(this.#roleAt, this.#deliveredAt) : this.#roleAt;
  }

  /** Listens on a new connection. Without the right to that, nothing is sent. */
  async listen(connection: RedisConnection): Promise<void> {
    this.stop();
    this.#listener = null;
    if (!(await isPermitted(connection.subscribe(this.#options.channel)))) return;
    this.#deliveredAt = this.#options.clock.now();
    this.#listener = connection;
  }

  /** Checks a new connection to publish on. @throws Error for one to a replica. */
  async open(connection: RedisConnection): Promise<void> {
    await (this.#options.hasRoles ? checkMaster(connection) : connection.command(['PING']));
    this.#roleAt = this.#options.clock.now();
  }

  /** Checks the node, and sends a message to the own subscription unless one is under way. @throws Error as `open`. */
  async run(connection: RedisConnection): Promise<void> {
    await this.open(connection);
    const { channel, listening, clock, timeoutMs } = this.#options;
    const listener = listening().connection;
    if (this.#timer || !listener || listener !== this.#listener) return;
    const number = ++this.#number;
    this.#sentAt = clock.now();
    // What has come is read before it is judged.
    const judge = (): void => void (this.#timer = clock.defer(() => this.#missed(connection, listener)));
    this.#timer = clock.setTimer(judge, timeoutMs);
    if (await isPermitted(connection.command(['PUBLISH', channel, String(number)]))) return;
    this.stop();
    this.#listener = null;
  }

  /** Takes a message, if it is one of its own. */
  handles(channel: string, message: Uint8Array): boolean {
    if (channel !== this.#options.channel) return false;
    if (Number(new TextDecoder().decode(message)) === this.#number) {
      this.#deliveredAt = this.#sentAt;
      this.stop();
    }
    return true;
  }

  /** Waits for no message any longer: a link is down. */
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
