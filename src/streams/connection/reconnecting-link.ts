import { timerDelay, type Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { RandomSource } from '../../core/random.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { Backoff, type BackoffOptions } from '../../core/backoff.js';
import { LinkConnection, type LinkConnectionOptions, type LinkConnectionOwner } from './link-connection.js';
import type { LinkFailure } from './link-failure.js';
import { browserHints, type LinkHint, type LinkHints } from './link-hints.js';
import { Refusals } from './refusals.js';

/** Receives the events of a {@link ReconnectingLink}. */
export interface ReconnectingLinkHost {
  /** This connection carries the stream from now on. After a planned change the old one stays open for `lingerMs`. */
  up(connection: LinkConnection): void;
  /** The connection that carried the stream has ended, and no other one has taken over; `retrying` follows. */
  down(failure: LinkFailure): void;
  /** Attempt number `attempt` of this outage, from 1, begins in `delayMs`; `error` is why the last connection failed. */
  retrying(attempt: number, delayMs: number, error: TickmarkError): void;
  /** The link has given up. */
  failed(error: TickmarkError): void;
  /** A replacement for a connection that still works failed; it is retried. */
  replacementFailed(error: TickmarkError): void;
}

/** Options of {@link ReconnectingLink}. */
export interface ReconnectingLinkOptions extends Omit<LinkConnectionOptions, 'refusals'> {
  readonly random: RandomSource;
  readonly host: ReconnectingLinkHost;
  /** Default: those of this link alone. */
  readonly refusals?: Refusals | undefined;
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'> | undefined;
  /** Longest life of a connection, in ms; it is replaced shortly before that. Default: no limit. */
  readonly lifeMs?: number | undefined;
  /** Whether two connections may be open at once, so that a replacement is up before the old one closes. Default: always. */
  readonly allowsOverlap?: (() => boolean) | undefined;
  /** Asked before each connection: 0 admits it, otherwise it asks again after so many ms. Default: admits all. */
  readonly admission?: (() => number) | undefined;
  /** How long a replaced connection stays open for frames in flight, in ms. Default 500. */
  readonly lingerMs?: number | undefined;
  /** Hints about the network. Default: those of a browser. */
  readonly hints?: LinkHints | undefined;
}

/** Least time between planned replacements, so that a venue that keeps asking for one causes no loop. */
const ROTATION_PAUSE_MS = 10_000;
/** Least time between attempts that a hint triggers. */
const HINT_PAUSE_MS = 1000;
/** How long after a lost connection `VENUE_LIMIT` is retried, and the least wait before such a retry. */
const VENUE_LIMIT_GRACE_MS = 120_000;
const VENUE_LIMIT_PAUSE_MS = 1000;

/**
 * Keeps one connection up. After a failure it reconnects with `Backoff`. Before a planned end ({@link rotate}, `lifeMs`) it opens the
 * new connection first. At any time there are at most three connections: one that carries the stream, one that is about to take over,
 * and for `lingerMs` one that was replaced.
 */
export class ReconnectingLink implements LinkConnectionOwner {
  readonly #options: ReconnectingLinkOptions;
  readonly #backoff: Backoff;
  readonly #refusals: Refusals;
  #current: LinkConnection | undefined;
  #candidate: LinkConnection | undefined;
  #replaced: LinkConnection | undefined;
  #opening: { resolve: () => void; reject: (error: TickmarkError) => void } | undefined;
  #retryTimer: Timer | undefined;
  #lifeTimer: Timer | undefined;
  #lingerTimer: Timer | undefined;
  #unsubscribeHints: Unsubscribe | undefined;
  #attempt = 0;
  #connectedAt = -Infinity;
  #replacedAt = -Infinity;
  #lostAt = -Infinity;
  #mustWait = false;
  #isStopped = false;

  constructor(options: ReconnectingLinkOptions) {
    this.#options = options;
    const { clock, random, refusals = new Refusals() } = options;
    this.#refusals = refusals;
    this.#backoff = new Backoff({ ...options.backoff, clock, random });
  }

  /** Connections that are open or being opened. */
  get connections(): readonly LinkConnection[] {
    return [this.#replaced, this.#current, this.#candidate].filter((each) => each !== undefined);
  }

  /** The connection that carries the stream. */
  get current(): LinkConnection | undefined {
    return this.#current;
  }

  /** Opens the first connection. Rejects with its error, without a retry. Called once, unless `keepUp()` is. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.keepUp();
    });
  }

  /** Opens the first connection, and retries as after an outage. Called once, unless `start()` is. */
  keepUp(): void {
    this.#unsubscribeHints = (this.#options.hints ?? browserHints)((hint) => this.#onHint(hint));
    this.#connect();
  }

  /** Closes all connections at once; a pending `start()` rejects with the reason. Idempotent. */
  stop(reason: TickmarkError): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const timer of [this.#retryTimer, this.#lifeTimer, this.#lingerTimer]) timer?.clear();
    this.#unsubscribeHints?.();
    for (const connection of this.connections) connection.close();
    this.#current = this.#candidate = this.#replaced = undefined;
    this.#opening?.reject(reason);
    this.#opening = undefined;
  }

  rotate(connection: LinkConnection, _why: string): void {
    if (this.#isStopped || connection !== this.#current || this.#candidate || this.#retryTimer) return;
    if (this.#options.allowsOverlap?.() === false) return this.#replaceByBreaking(connection);
    const wait = this.#replacedAt + ROTATION_PAUSE_MS - this.#options.clock.monotonic();
    if (wait <= 0) this.#connect();
    else this.#connectAfter(wait);
  }

  established(connection: LinkConnection): void {
    if (connection !== this.#candidate) return;
    const { clock, host, lingerMs = 500 } = this.#options;
    const old = this.#current;
    this.#candidate = undefined;
    this.#current = connection;
    this.#attempt = 0;
    this.#backoff.up();
    this.#refusals.accepted();
    if (old) {
      this.#replacedAt = clock.monotonic();
      this.#endLinger();
      this.#replaced = old;
      this.#lingerTimer = clock.setTimer(() => this.#endLinger(), lingerMs);
    }
    this.#startLifeTimer(connection);
    host.up(connection);
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  data(connection: LinkConnection): void {
    if (connection === this.#current) this.#backoff.data();
  }

  failed(connection: LinkConnection, failure: LinkFailure): void {
    if (connection === this.#replaced) return this.#endLinger();
    const wasCurrent = connection === this.#current;
    if (wasCurrent) {
      this.#current = undefined;
      this.#lifeTimer?.clear();
      this.#endLinger();
    } else if (connection === this.#candidate) this.#candidate = undefined;
    else return;

    const { host } = this.#options;
    if (this.#opening) {
      const { reject } = this.#opening;
      this.#opening = undefined;
      this.stop(failure.error);
      return reject(failure.error);
    }
    if (wasCurrent) this.#lostAt = this.#options.clock.monotonic();
    const isTransientLimit = !wasCurrent && this.#isTransientLimit(failure);
    if (failure.isFatal && !this.#current && !isTransientLimit) {
      this.stop(failure.error);
      return host.failed(failure.error);
    }
    const { retryAfterMs = isTransientLimit ? VENUE_LIMIT_PAUSE_MS : undefined } = failure;
    if (retryAfterMs !== undefined) this.#backoff.retryAfter(retryAfterMs);
    this.#mustWait = retryAfterMs !== undefined;
    if (wasCurrent) host.down(failure);
    else if (this.#current) host.replacementFailed(failure.error);
    // The host may have stopped the link.
    if (this.#isStopped) return;
    // A replacement that is being opened is the next attempt.
    if (this.#candidate) return host.retrying(++this.#attempt, 0, failure.error);
    this.#retryTimer?.clear();
    const delayMs = this.#backoff.next();
    this.#connectAfter(delayMs);
    if (!this.#current) host.retrying(++this.#attempt, delayMs, failure.error);
  }

  /** Whether the venue may refuse the connection only because it still counts one that was lost. */
  #isTransientLimit({ error }: LinkFailure): boolean {
    const { clock } = this.#options;
    return error.code === 'VENUE_LIMIT' && clock.monotonic() - this.#lostAt < VENUE_LIMIT_GRACE_MS;
  }

  #connectAfter(delayMs: number): void {
    this.#retryTimer = this.#options.clock.setTimer(() => this.#connect(), delayMs);
  }

  #connect(): void {
    this.#retryTimer?.clear();
    this.#retryTimer = undefined;
    const waitMs = this.#options.admission?.() ?? 0;
    if (waitMs > 0) return this.#connectAfter(waitMs);
    this.#mustWait = false;
    this.#connectedAt = this.#options.clock.monotonic();
    this.#candidate = new LinkConnection({ ...this.#options, refusals: this.#refusals }, this);
    this.#candidate.start();
  }

  #replaceByBreaking(connection: LinkConnection): void {
    const message = 'The connection is replaced by a new one; the venue allows one at a time.';
    connection.fail(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
  }

  #startLifeTimer(connection: LinkConnection): void {
    const { clock, random, lifeMs } = this.#options;
    this.#lifeTimer?.clear();
    if (lifeMs === undefined) return;
    // Clients that connected together after an outage must not all reconnect at once.
    const life = lifeMs * (0.94 + 0.04 * random());
    this.#lifeTimer = clock.setTimer(
      () => this.rotate(connection, 'the connection reached its longest life'),
      timerDelay(life),
    );
  }

  #endLinger(): void {
    this.#lingerTimer?.clear();
    this.#replaced?.close();
    this.#replaced = undefined;
  }

  #onHint(hint: LinkHint): void {
    if (this.#isStopped) return;
    this.#current?.probe();
    const { clock } = this.#options;
    const isEarly = clock.monotonic() - this.#connectedAt < HINT_PAUSE_MS;
    if (hint !== 'offline' && this.#retryTimer && !this.#current && !this.#mustWait && !isEarly)
      this.#connect();
  }
}
