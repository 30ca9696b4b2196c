import { BoundedCalls, type Clock, type Timer } from '../core/clock.js';
import { TickmarkError } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import type { ConnectionEvents, RedisConnection } from './redis-connection.js';
import { redisErrorName, redisErrorKind } from './redis-error.js';

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
  /** Asks for a sign of life; rejects where the connection can no longer do its work. Default: `PING`. */
  readonly ping?: (connection: RedisConnection) => Promise<unknown>;
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /** The link is up. */
  readonly onUp: (connection: RedisConnection) => void;
  /** The link went down, or could not be opened. */
  readonly onDown: (error: TickmarkError) => void;
  /** Told of the same once for each reason, until the link is up again. */
  readonly report: (error: TickmarkError) => void;
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
  readonly #options: RedisLinkOptions;
  readonly #calls: BoundedCalls;
  #current: RedisConnection | null = null;
  #isUp = false;
  #timer: Timer | null = null;
  #failures = 0;
  #failure: TickmarkError | null = null;
  // A refusal may show only when a connection is used: it is remembered until one has answered a ping.
  #refusals = 0;
  readonly #reported = new Map<string, 'break' | 'refusal'>();
  #aliveAt: number;
  #isStarted = false;
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
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

  /** What it went down by, or could not be opened by; `null` unless it is broken. */
  get failure(): TickmarkError | null {
    return this.isBroken ? this.#failure : null;
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
  markAlive(): void {
    this.#aliveAt = this.#options.clock.now();
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
    const { clock, random } = this.#options;
    this.#drop();
    const isRefusal = cause instanceof Error && redisErrorKind(cause) !== 'broken';
    const tries = Math.max(this.#failures++, isRefusal ? this.#refusals++ : 0);
    const limit = Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** Math.min(tries, 10));
    this.#timer = clock.setTimer(() => void this.#open(), random() * limit);
    this.#reportDown(cause, isRefusal ? 'refusal' : 'break');
  }

  #reportDown(cause: unknown, kind: 'break' | 'refusal'): void {
    const { where, onDown, report } = this.#options;
    const reason = cause instanceof Error ? cause : null;
    const why = reason ? `: ${reason.message.replace(/\.$/, '')}` : '';
    // Retryable also where something must change first: the link goes on trying.
    const options = { retryable: true, cause };
    const error = new TickmarkError('BUS_FAILED', `${where}: the link to Redis is down${why}.`, options);
    this.#failure = error;
    onDown(error);
    const name = reason ? redisErrorName(reason) : '';
    if (this.#reported.has(name)) return;
    this.#reported.set(name, kind);
    report(error);
  }

  /** Cuts it, for good. */
  close(): void {
    this.#isClosed = true;
    this.#calls.abandon(new TickmarkError('CLOSED', `${this.#options.where}: it was closed.`));
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
      const { open, prepare, onMessage } = this.#options;
      const opened = await this.#calls.run('Copying the client', () =>
        open({
          onEnd: (cause) => connection && this.fail(connection, cause),
          onMessage: (channel, message) => {
            if (!isCurrent()) return;
            this.markAlive();
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
      else this.#openFailed(error);
    }
  }

  // The client could not be copied: a Cluster client that knows no node yet.
  #openFailed(cause: unknown): void {
    if (this.#isClosed) return;
    const none = { destroy: () => undefined, close: () => undefined } as unknown as RedisConnection;
    this.#current = none;
    this.fail(none, cause);
  }

  #up(connection: RedisConnection): void {
    this.#isUp = true;
    if (this.#failures > 0) this.reconnects++;
    this.#failures = 0;
    for (const [name, kind] of [...this.#reported]) if (kind === 'break') this.#reported.delete(name);
    const { onUp } = this.#options;
    onUp(connection);
    this.markAlive();
    this.#schedulePing(connection);
  }

  #schedulePing(connection: RedisConnection): void {
    const { clock, pingIntervalMs } = this.#options;
    if (connection !== this.#current) return;
    this.#timer = clock.setTimer(() => void this.#ping(connection), pingIntervalMs);
  }

  async #ping(connection: RedisConnection): Promise<void> {
    try {
      const { ping = (on) => on.command(['PING']) } = this.#options;
      await this.#calls.run('A ping', () => ping(connection));
      this.markAlive();
      if (connection === this.#current) {
        this.#refusals = 0;
        this.#reported.clear();
      }
      this.#schedulePing(connection);
    } catch (error) {
      this.fail(connection, error);
    }
  }
}
