import { BoundedCalls, type Clock, type Timer } from '../core/clock.js';
import { TickmarkError } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import type { ConnectionEvents, RedisConnection } from './redis-connection.js';

/** What a {@link RedisLink} works with. */
export interface RedisLinkOptions {
  /** Names the link in errors. */
  readonly where: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Time between two pings, ms. */
  readonly pingIntervalMs: number;
  /** Longest wait for any answer, ms. */
  readonly pingTimeoutMs: number;
  /** Makes a connection. */
  readonly open: (events: ConnectionEvents) => Promise<RedisConnection>;
  /** Prepares a new connection, before it counts as up. */
  readonly prepare?: (connection: RedisConnection) => Promise<void>;
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /** The link is up. */
  readonly onUp: (connection: RedisConnection) => void;
  /** The link went down, or could not be opened. */
  readonly onDown: (error: TickmarkError) => void;
}

const RETRY_FIRST_MS = 50;
const RETRY_CAP_MS = 1000;

/**
 * Keeps one connection to Redis open: opens the next when one ends or falls silent, after a time drawn from a range that
 * doubles up to a second (full jitter). A link that holds packets back without ending is found by a ping of its own, within
 * `pingIntervalMs` + `pingTimeoutMs`.
 */
export class RedisLink {
  /** How often it went up again after it had been up or had failed to open. */
  reconnects = 0;
  readonly #with: RedisLinkOptions;
  readonly #calls: BoundedCalls;
  #current: RedisConnection | null = null;
  #isUp = false;
  #timer: Timer | null = null;
  #failures = 0;
  #aliveAt: number;
  #isStarted = false;
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#with = options;
    this.#calls = new BoundedCalls(options.clock, options.pingTimeoutMs);
    this.#aliveAt = options.clock.now();
  }

  /** The connection, or `null` while it is down. */
  get connection(): RedisConnection | null {
    return this.#isUp ? this.#current : null;
  }

  /** Whether it has been tried in vain since it was last up. */
  get isBroken(): boolean {
    return this.#failures > 0;
  }

  /** The last sign of life, ms since 1970; before the first, when the link was made. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** Opens it, the first time. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    void this.#open();
  }

  /** Notes a sign of life. */
  heard(): void {
    this.#aliveAt = this.#with.clock.now();
  }

  /** Settles as the call does; gives a connection up that does not answer in time. */
  async bounded<Result>(
    connection: RedisConnection,
    what: string,
    call: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#calls.run(what, call);
    } catch (error) {
      if ((error as TickmarkError).code === 'TIMEOUT') this.fail(connection, error);
      throw error;
    }
  }

  /** Gives a connection up, if it is still the current one. */
  fail(connection: RedisConnection, cause?: unknown): void {
    if (connection !== this.#current || this.#isClosed) return;
    const { where, clock, random, onDown } = this.#with;
    this.#drop();
    const limit = Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    this.#timer = clock.setTimer(() => void this.#open(), random() * limit);
    onDown(
      new TickmarkError('BUS_FAILED', `${where}: the link to Redis is down.`, { retryable: true, cause }),
    );
  }

  /** Cuts it, for good. */
  close(): void {
    this.#isClosed = true;
    this.#calls.abandon(new TickmarkError('CLOSED', `${this.#with.where}: it was closed.`));
    this.#drop();
  }

  #drop(): void {
    this.#timer?.clear();
    this.#timer = null;
    const connection = this.#current;
    this.#current = null;
    this.#isUp = false;
    connection?.destroy();
  }

  async #open(): Promise<void> {
    this.#timer = null;
    let connection: RedisConnection | undefined;
    const isCurrent = (): boolean => connection !== undefined && connection === this.#current;
    try {
      const { open, prepare, onMessage } = this.#with;
      const opened = await this.#calls.run('Copying the client', () =>
        open({
          onEnd: () => connection && this.fail(connection),
          onMessage: (channel, message) => {
            if (!isCurrent()) return;
            this.heard();
            onMessage?.(channel, message);
          },
        }),
      );
      if (this.#isClosed) return opened.destroy();
      connection = this.#current = opened;
      await this.#calls.run('Connecting to Redis', () => opened.connect());
      if (prepare && isCurrent()) await this.#calls.run('Preparing the link', () => prepare(opened));
      if (isCurrent()) this.#up(opened);
    } catch (error) {
      if (connection) this.fail(connection, error);
      else this.#notOpened(error);
    }
  }

  // The client could not be copied: a Cluster client that knows no node yet.
  #notOpened(cause: unknown): void {
    if (this.#isClosed) return;
    const none = { destroy: () => undefined, close: () => undefined } as unknown as RedisConnection;
    this.#current = none;
    this.fail(none, cause);
  }

  #up(connection: RedisConnection): void {
    this.#isUp = true;
    if (this.#failures > 0) this.reconnects++;
    this.#failures = 0;
    const { onUp } = this.#with;
    onUp(connection);
    this.heard();
    this.#pingLater(connection);
  }

  #pingLater(connection: RedisConnection): void {
    const { clock, pingIntervalMs } = this.#with;
    if (connection !== this.#current) return;
    this.#timer = clock.setTimer(() => void this.#ping(connection), pingIntervalMs);
  }

  async #ping(connection: RedisConnection): Promise<void> {
    try {
      await this.#calls.run('A ping', () => connection.command(['PING']));
      this.heard();
      this.#pingLater(connection);
    } catch (error) {
      this.fail(connection, error);
    }
  }
}
