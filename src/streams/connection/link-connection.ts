import { type Clock, type Timer } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { FramePacer } from './frame-pacer.js';
import { LinkError, type LinkPhase, type ResolvedDeadlines } from './link-deadlines.js';
import { closeFailure, targetFailure, timeoutFailure, type LinkFailure } from './link-failure.js';
import { LinkWatch, type LinkHeartbeat } from './link-watch.js';
import { carriesKey, type Refusals } from './refusals.js';
import type { LinkClose, LinkTarget, Transport, TransportConnection } from './transport.js';

/** Speaks a protocol over one connection. Once the connection has ended, only `closed` is called. */
export interface LinkProtocolHandler {
  /** The connection is open. The handler calls `authenticated()` after the login, then `established()`. */
  opened(): void;
  /** A frame has come. */
  frame(data: string | Uint8Array, bytes: number): void;
  /** A ping was answered. */
  pong?(): void;
  /** The transport dropped a frame without reading it. */
  dropped(reason: string): void;
  /** The connection has ended. Called once. */
  closed(): void;
}

/** Settings of connections. */
export interface LinkConnectionOptions {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly deadlines: ResolvedDeadlines;
  /** Judges how connections are refused; shared by those of a stream. */
  readonly refusals: Refusals;
  readonly heartbeat?: LinkHeartbeat | undefined;
  readonly framesPerSecond?: number | undefined;
  /** Gives where to connect; called for each connection. If it throws, the connection fails. */
  readonly target: (signal: AbortSignal) => LinkTarget | Promise<LinkTarget>;
  /** Makes the protocol handler of a connection that is open. */
  readonly createHandler: (connection: LinkConnection) => LinkProtocolHandler;
}

/** Owner of a connection. */
export interface LinkConnectionOwner {
  /** The protocol handler is done with login and subscriptions: the connection can take over. */
  established(connection: LinkConnection): void;
  /** Valid data has come. */
  data(connection: LinkConnection): void;
  /** The connection will end soon, as planned: a new one should take over. */
  rotate(connection: LinkConnection, why: string): void;
  /** The connection has ended. */
  failed(connection: LinkConnection, failure: LinkFailure): void;
}

/**
 * One connection, from resolving its URL to its end, with a deadline for each phase, a watchdog and a frame pacer. It ends once and
 * notifies its owner once. Later events of its socket are ignored.
 */
export class LinkConnection {
  readonly #options: LinkConnectionOptions;
  readonly #owner: LinkConnectionOwner;
  readonly #abort = new AbortController();
  readonly #pacer: FramePacer;
  #handler: LinkProtocolHandler | undefined;
  #transport: TransportConnection | undefined;
  #watch: LinkWatch | undefined;
  #deadline: Timer | undefined;
  #phase: LinkPhase = 'resolve';
  #hasKey = false;
  #isOpen = false;
  #isOver = false;
  #isEstablished = false;

  constructor(options: LinkConnectionOptions, owner: LinkConnectionOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#pacer = new FramePacer(options.clock, options.framesPerSecond);
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Connects. */
  start(): void {
    this.#enterPhase('resolve');
    (async () => this.#options.target(this.#abort.signal))().then(
      (target) => this.#connect(target),
      (cause: unknown) => this.#endWith(targetFailure(cause, this.#options.refusals.hasWorked)),
    );
  }

  /** The login succeeded: subscriptions come next. */
  authenticated(): void {
    if (this.#phase === 'auth') this.#enterPhase('subscribe');
  }

  /** The subscriptions are answered: the connection is ready to carry prices. */
  established(): void {
    if (this.#isOver || this.#isEstablished) return;
    this.#isEstablished = true;
    this.#enterPhase('data');
    this.#owner.established(this);
  }

  /** Valid data has come. Cheap enough for every price. */
  data(): void {
    this.#owner.data(this);
  }

  /** A new connection should take over. */
  rotate(why: string): void {
    if (!this.#isOver) this.#owner.rotate(this, why);
  }

  /** Queues a text frame; it is sent at the pace of `framesPerSecond`. */
  send(text: string): void {
    if (this.#isOpen) this.#pacer.push(() => this.#transport!.send(text));
  }

  /** Resolves when all queued frames have been sent; never, once the connection has ended. */
  flushed(): Promise<void> {
    return this.#pacer.idle();
  }

  /** Ends the connection with an error. */
  fail(error: TickmarkError, options: { isFatal?: boolean; retryAfterMs?: number | undefined } = {}): void {
    const { isFatal = false, retryAfterMs } = options;
    this.#endWith({ error, isFatal, wasSilent: false, retryAfterMs });
  }

  /** Sends a ping now. */
  probe(): void {
    this.#watch?.probe();
  }

  /** Ends the connection without notifying its owner. */
  close(): void {
    this.#end();
  }

  #connect(target: LinkTarget): void {
    if (this.#isOver) return;
    this.#enterPhase('connect');
    this.#hasKey = carriesKey(target);
    // A transport may report the close before open() returns.
    let earlyClose: LinkClose | undefined;
    const connection = this.#options.transport.open(target, {
      opened: () => this.#opened(),
      frame: (data, bytes) => {
        if (this.#isOver) return;
        this.#watch?.activity();
        this.#handler?.frame(data, bytes);
      },
      pong: () => {
        if (this.#isOver) return;
        this.#watch?.pong();
        this.#handler?.pong?.();
      },
      dropped: (reason) => {
        if (this.#isOver) return;
        this.#watch?.activity();
        this.#handler?.dropped(reason);
      },
      closed: (close) => {
        if (this.#transport) this.#closed(close);
        else earlyClose = close;
      },
    });
    this.#transport = connection;
    if (earlyClose) this.#closed(earlyClose);
  }

  #opened(): void {
    if (this.#isOver || this.#isOpen) return;
    this.#isOpen = true;
    this.#enterPhase('auth');
    const { clock, heartbeat } = this.#options;
    this.#watch = new LinkWatch({
      clock,
      heartbeat,
      transport: this.#transport!,
      pacer: this.#pacer,
      onDead: (what) => this.#endSilent(what),
      onPingsUnanswered: () => this.rotate('pings are not answered'),
    });
    this.#watch.start();
    this.#handler = this.#options.createHandler(this);
    this.#handler.opened();
  }

  #closed(close: LinkClose): void {
    if (this.#isOver) return;
    const verdict = this.#options.refusals.judge(close, this.#hasKey);
    this.#endWith(closeFailure(this.#phase, close, verdict));
  }

  #endSilent(what: string): void {
    const error = new LinkError(this.#phase, 'STREAM_FAILED', `${what}. The link counts as dead.`);
    this.#endWith({ error, isFatal: false, wasSilent: true });
  }

  #enterPhase(phase: LinkPhase): void {
    this.#phase = phase;
    this.#deadline?.clear();
    this.#deadline = undefined;
    // The protocol handler keeps these deadlines: they depend on the answers to its requests.
    if (phase === 'subscribe' || phase === 'data') return;
    const limit = this.#options.deadlines[phase];
    if (limit === Infinity) return;
    this.#deadline = this.#options.clock.setTimer(() => this.#endWith(timeoutFailure(phase, limit)), limit);
  }

  #endWith(failure: LinkFailure): void {
    if (this.#isOver) return;
    this.#end();
    this.#owner.failed(this, failure);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort.abort();
    this.#deadline?.clear();
    this.#watch?.stop();
    this.#pacer.clear();
    this.#transport?.close(1000);
    this.#handler?.closed();
  }
}
