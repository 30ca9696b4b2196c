import { retryDelay } from '../core/backoff.js';
import { BoundedCalls, type Clock, type Timer } from '../core/clock.js';
import { ReportLimit } from '../core/error-reporter.js';
import { TickmarkError } from '../core/errors.js';
import { errorText } from '../core/error-text.js';
import type { RandomSource } from '../core/random.js';
import type { ConnectionEvents, RedisConnection } from './redis-connection.js';
import { redisErrorName, redisErrorKind } from './redis-error.js';

/** Options of {@link RedisLink}. */
export interface RedisLinkOptions {
  /** Name of the link in errors. */
  readonly where: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Time between two pings, ms. */
  readonly pingIntervalMs: number;
  /** Time limit of any answer, ms. */
  readonly pingTimeoutMs: number;
  /** Creates a connection. */
  readonly open: (events: ConnectionEvents) => Promise<RedisConnection>;
  /** Prepares a new connection before the link counts as up. */
  readonly prepare?: (connection: RedisConnection) => Promise<void>;
  /** Checks the connection; rejects if it is unusable. Default: `PING`. */
  readonly ping?: (connection: RedisConnection) => Promise<unknown>;
  readonly onMessage?: (channel: string, message: Uint8Array) => void;
  /** The link is up. */
  readonly onUp: (connection: RedisConnection) => void;
  /** The link went down, or could not be opened. */
  readonly onDown: (error: TickmarkError) => void;
  /** Reports the same error once for each reason until the link is up again, and at most once a minute: a failover may break it several times. */
  readonly report: (error: TickmarkError) => void;
}

const RETRY_BOUNDS = { firstMs: 50, capMs: 1000 };

/**
 * Keeps one connection to Redis open. If it ends or falls silent, the link opens another one after a backoff of up to a second, with
 * full jitter. Pings detect a connection that is silent without ending, within `pingIntervalMs` + `pingTimeoutMs`.
 */
export class RedisLink {
  /** How often the link recovered after a failure. */
  reconnects = 0;
  readonly #options: RedisLinkOptions;
  readonly #calls: BoundedCalls;
  #current: RedisConnection | null = null;
  #isUp = false;
  #timer: Timer | null = null;
  #failures = 0;
  #failure: TickmarkError | null = null;
  // A refusal may show only when a connection is used, so it is remembered until a ping succeeds.
  #refusals = 0;
  readonly #reported = new Map<string, 'break' | 'refusal'>();
  readonly #limit: ReportLimit;
  #aliveAt: number;
  #isStarted = false;
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.pingTimeoutMs);
    this.#aliveAt = options.clock.now();
    this.#limit = new ReportLimit(options.clock);
  }

  /** The connection, or `null` while it is down. */
  get connection(): RedisConnection | null {
    return this.#isUp ? this.#current : null;
  }

  /** Whether it has failed since it was last up. */
  get isBroken(): boolean {
    return this.#failures > 0;
  }

  /** Why it went down or could not be opened; `null` unless it is broken. */
  get failure(): TickmarkError | null {
    return this.isBroken ? this.#failure : null;
  }

  /** Time of the last sign of life, ms since 1970; before the first, the creation of the link. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** Opens the link on the first call. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    void this.#open();
  }

  /** Records a sign of life. */
  markAlive(): void {
    this.#aliveAt = this.#options.clock.now();
  }

  /** Settles as the call does; drops a connection that does not answer in time. */
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

  /** Drops a connection if it is still the current one, and opens another. */
  fail(connection: RedisConnection, cause?: unknown): void {
    if (connection !== this.#current || this.#isClosed) return;
    const { clock, random } = this.#options;
    this.#drop();
    const isRefusal = cause instanceof Error && redisErrorKind(cause) !== 'broken';
    const tries = Math.max(this.#failures++, isRefusal ? this.#refusals++ : 0);
    this.#timer = clock.setTimer(() => void this.#open(), retryDelay(tries + 1, RETRY_BOUNDS, random));
    this.#reportDown(cause, isRefusal ? 'refusal' : 'break');
  }

  #reportDown(cause: unknown, kind: 'break' | 'refusal'): void {
    const { where, onDown, report } = this.#options;
    const reason = cause instanceof Error ? cause : null;
    const why = reason ? `: ${errorText(reason).replace(/\.$/, '')}` : '';
    // Always retryable, because the link keeps trying.
    const options = { retryable: true, cause };
    const error = new TickmarkError('BUS_FAILED', `${where}: the link to Redis is down${why}.`, options);
    this.#failure = error;
    onDown(error);
    const name = reason ? redisErrorName(reason) : '';
    if (this.#reported.has(name)) return;
    this.#reported.set(name, kind);
    if (this.#limit.isDue(name)) report(error);
  }

  /** Closes the link permanently. */
  close(): void {
    this.#isClosed = true;
    this.#calls.abandon(new TickmarkError('CLOSED', `${this.#options.where}: the link was closed.`));
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

  // The client could not be copied, such as a Cluster client that knows no node yet.
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
