import { timerDelay, type Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { RandomSource } from '../../core/random.js';
import { Backoff, type BackoffOptions } from '../../core/backoff.js';
import {
  LinkConnection,
  type LinkConnectionOptions,
  type LinkConnectionOwner,
  type LinkFailure,
} from './link-connection.js';
import { browserHints, type LinkHint, type LinkHints } from './link-hints.js';

/** What a reconnecting link tells. */
export interface ReconnectingLinkHost {
  /** This connection carries the stream from now on; an earlier one still lingers if the change was planned. */
  up(connection: LinkConnection): void;
  /** The connection that carried the stream is over, and none has taken its place; `retrying` follows. */
  down(failure: LinkFailure): void;
  /** Attempt number `attempt` of this outage, from 1, begins in `delayMs`; `error` is why the one before failed. */
  retrying(attempt: number, delayMs: number, error: TickmarkError): void;
  /** Given up. */
  failed(error: TickmarkError): void;
  /** A replacement of a connection that still works failed; it is tried again. */
  notReplaced(error: TickmarkError): void;
}

/** Options of {@link ReconnectingLink}. */
export interface ReconnectingLinkOptions extends Omit<LinkConnectionOptions, 'talk'> {
  readonly random: RandomSource;
  readonly talk: LinkConnectionOptions['talk'];
  readonly host: ReconnectingLinkHost;
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'> | undefined;
  /** Longest life of a connection, in ms: it is replaced shortly before. Default: no limit. */
  readonly lifeMs?: number | undefined;
  /** Whether two connections may be open at once, so that a replacement is up before the old one goes. Default `true`. */
  readonly overlaps?: boolean | undefined;
  /** How long a replaced connection still delivers what is under way, in ms. Default 500. */
  readonly lingerMs?: number | undefined;
  /** Hints of the surroundings. Default: a browser's. */
  readonly hints?: LinkHints | undefined;
}

/** Planned replacements are not made more often than this, so that a venue that asks for one after the other is no loop. */
const ROTATION_PAUSE_MS = 10_000;
/** A hint does not lead to tries in quicker succession. */
const HINT_PAUSE_MS = 1000;
/** How long after a loss a limit of connections is tried again, and the least wait then. */
const LIMIT_PASSES_MS = 120_000;
const LIMIT_PAUSE_MS = 1000;

/**
 * Keeps one connection up. After a failure it tries again with `Backoff`; a planned end ({@link rotate}, `lifeMs`) makes the
 * new connection first. At any time there is at most one connection that carries the stream, one on its way to take over,
 * and for `lingerMs` one that was replaced.
 */
export class ReconnectingLink implements LinkConnectionOwner {
  readonly #options: ReconnectingLinkOptions;
  readonly #backoff: Backoff;
  #current: LinkConnection | undefined;
  #candidate: LinkConnection | undefined;
  #replaced: LinkConnection | undefined;
  #opening: { resolve: () => void; reject: (error: TickmarkError) => void } | undefined;
  #retry: Timer | undefined;
  #life: Timer | undefined;
  #linger: Timer | undefined;
  #offHints: (() => void) | undefined;
  #attempt = 0;
  #triedAt = -Infinity;
  #replacedAt = -Infinity;
  #lostAt = -Infinity;
  #mustWait = false;
  #isStopped = false;

  constructor(options: ReconnectingLinkOptions) {
    this.#options = options;
    const { clock, random } = options;
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

  /** Opens the first connection; rejects with why it cannot be, without trying again. Called once. */
  start(): Promise<void> {
    this.#offHints = (this.#options.hints ?? browserHints)((hint) => this.#hinted(hint));
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#try();
    });
  }

  /** Ends everything at once; `start()`, if under way, rejects with the reason. Idempotent. */
  stop(reason: TickmarkError): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const timer of [this.#retry, this.#life, this.#linger]) timer?.clear();
    this.#offHints?.();
    for (const connection of this.connections) connection.close();
    this.#current = this.#candidate = this.#replaced = undefined;
    this.#opening?.reject(reason);
    this.#opening = undefined;
  }

  rotate(connection: LinkConnection, _why: string): void {
    if (this.#isStopped || connection !== this.#current || this.#candidate || this.#retry) return;
    if (this.#options.overlaps === false) return this.#replaceByBreaking(connection);
    const wait = this.#replacedAt + ROTATION_PAUSE_MS - this.#options.clock.monotonic();
    if (wait <= 0) this.#try();
    else this.#schedule(wait);
  }

  established(connection: LinkConnection): void {
    if (connection !== this.#candidate) return;
    const { clock, host, lingerMs = 500 } = this.#options;
    const old = this.#current;
    this.#candidate = undefined;
    this.#current = connection;
    this.#attempt = 0;
    this.#backoff.up();
    if (old) {
      this.#replacedAt = clock.monotonic();
      this.#endLinger();
      this.#replaced = old;
      this.#linger = clock.setTimer(() => this.#endLinger(), lingerMs);
    }
    this.#armLife(connection);
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
      this.#life?.clear();
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
    const mayPass = !wasCurrent && this.#mayPass(failure);
    if (failure.isFatal && !this.#current && !mayPass) {
      this.stop(failure.error);
      return host.failed(failure.error);
    }
    const { retryAfterMs = mayPass ? LIMIT_PAUSE_MS : undefined } = failure;
    if (retryAfterMs !== undefined) this.#backoff.retryAfter(retryAfterMs);
    this.#mustWait = retryAfterMs !== undefined;
    if (wasCurrent) host.down(failure);
    else if (this.#current) host.notReplaced(failure.error);
    // Whoever is told may have ended it.
    if (this.#isStopped) return;
    // A replacement on its way, or about to be tried, is the next attempt.
    if (this.#candidate) return host.retrying(++this.#attempt, 0, failure.error);
    this.#retry?.clear();
    const delayMs = this.#backoff.next();
    this.#schedule(delayMs);
    if (!this.#current) host.retrying(++this.#attempt, delayMs, failure.error);
  }

  /** A limit of connections while a lost one is being replaced: the venue may not have noticed yet that it is gone. */
  #mayPass({ error }: LinkFailure): boolean {
    const { clock } = this.#options;
    return error.code === 'VENUE_LIMIT' && clock.monotonic() - this.#lostAt < LIMIT_PASSES_MS;
  }

  #schedule(delayMs: number): void {
    this.#retry = this.#options.clock.setTimer(() => this.#try(), delayMs);
  }

  #try(): void {
    this.#retry?.clear();
    this.#retry = undefined;
    this.#mustWait = false;
    this.#triedAt = this.#options.clock.monotonic();
    this.#candidate = new LinkConnection(this.#options, this);
    this.#candidate.start();
  }

  #replaceByBreaking(connection: LinkConnection): void {
    const message = 'The connection is replaced by a new one; the venue allows one at a time.';
    connection.break(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
  }

  #armLife(connection: LinkConnection): void {
    const { clock, random, lifeMs } = this.#options;
    this.#life?.clear();
    if (lifeMs === undefined) return;
    // Not all at once, for those who connected together after an outage.
    const life = lifeMs * (0.94 + 0.04 * random());
    this.#life = clock.setTimer(() => this.rotate(connection, 'its life is over'), timerDelay(life));
  }

  #endLinger(): void {
    this.#linger?.clear();
    this.#replaced?.close();
    this.#replaced = undefined;
  }

  #hinted(hint: LinkHint): void {
    if (this.#isStopped) return;
    this.#current?.probe();
    const { clock } = this.#options;
    const isEarly = clock.monotonic() - this.#triedAt < HINT_PAUSE_MS;
    if (hint !== 'offline' && this.#retry && !this.#current && !this.#mustWait && !isEarly) this.#try();
  }
}
