import { type Clock, type Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import { FramePacer } from './frame-pacer.js';
import { LinkError, type LinkPhase, type ReadyDeadlines } from './link-deadlines.js';
import type { LinkClose, LinkTarget, Transport, TransportConnection } from './transport.js';
import { Watchdog } from './watchdog.js';

/** What is spoken over one connection. None is called any more once the connection is over, but `closed`. */
export interface LinkProtocolHandler {
  /** The connection is open. The talk calls `authenticated()` when it has been let in, then `established()`. */
  opened(): void;
  /** A frame has come. */
  frame(data: string | Uint8Array, bytes: number): void;
  /** A ping was answered. */
  pong?(): void;
  /** The transport dropped a frame unread. */
  dropped(reason: string): void;
  /** The connection is over; called once. */
  closed(): void;
}

/** How a link is watched. */
export interface LinkHeartbeat {
  /** Text to send as a ping where the transport has none of its own, or everywhere with `always`. */
  readonly text?: string | (() => string);
  readonly always?: boolean;
  readonly intervalMs?: number;
  readonly textIntervalMs?: number;
  readonly silenceMs?: number;
  /** A frame comes at least this often, whether or not pings are answered. */
  readonly frameWithinMs?: number;
}

/** Settings of connections. */
export interface LinkConnectionOptions {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly deadlines: ReadyDeadlines;
  readonly heartbeat?: LinkHeartbeat | undefined;
  readonly framesPerSecond?: number | undefined;
  /** Where to connect; asked for each connection. What it throws fails the connection. */
  readonly target: (signal: AbortSignal) => LinkTarget | Promise<LinkTarget>;
  /** Makes what is spoken over the connection. */
  readonly talk: (connection: LinkConnection) => LinkProtocolHandler;
}

/** Who owns a connection. */
export interface LinkConnectionOwner {
  /** The talk has what it wants: the connection can take over. */
  established(connection: LinkConnection): void;
  /** Valid data has come. */
  data(connection: LinkConnection): void;
  /** A planned end is near: a new connection should take over. */
  rotate(connection: LinkConnection, why: string): void;
  /** The connection is over. */
  failed(connection: LinkConnection, failure: LinkFailure): void;
}

/** Why a connection is over. */
export interface LinkFailure {
  readonly error: TickmarkError;
  /** Trying again cannot help. */
  readonly isFatal: boolean;
  /** Whether it died silently. */
  readonly wasSilent: boolean;
  /** Not to be tried before, ms from now. */
  readonly retryAfterMs?: number | undefined;
}

// What the venue says to a key it does not accept. 4401 is the custom close code that mirrors HTTP's 401.
const UNAUTHORIZED: ReadonlySet<number | undefined> = new Set([401, 403, 4401]);
/** Asked to slow down, and by how much is not said. */
const SLOW_DOWN: ReadonlySet<number | undefined> = new Set([418, 429]);
const SLOW_DOWN_MS = 10_000;

/**
 * One connection, from the first look for its address to its end: a deadline for each step, one watchdog, one pacer. It ends
 * once, tells its owner once, and what its socket does later reaches nobody.
 */
export class LinkConnection {
  readonly #options: LinkConnectionOptions;
  readonly #owner: LinkConnectionOwner;
  readonly #abort = new AbortController();
  readonly #pacer: FramePacer;
  #talk: LinkProtocolHandler | undefined;
  #transport: TransportConnection | undefined;
  #watchdog: Watchdog | undefined;
  #frameWatchdog: Watchdog | undefined;
  #deadline: Timer | undefined;
  #phase: LinkPhase = 'resolve';
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

  /** Begins. */
  start(): void {
    this.#enter('resolve');
    (async () => this.#options.target(this.#abort.signal))().then(
      (target) => this.#connect(target),
      (cause: unknown) => this.#fail(targetError(cause)),
    );
  }

  /** The venue has let us in: subscriptions come next. */
  authenticated(): void {
    if (this.#phase === 'auth') this.#enter('subscribe');
  }

  /** The talk has what it wants. */
  established(): void {
    if (this.#isOver || this.#isEstablished) return;
    this.#isEstablished = true;
    this.#enter('data');
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

  /** Sends a text in turn, at the pace of the limits. */
  send(text: string): void {
    if (this.#isOpen) this.#pacer.push(() => this.#transport!.send(text));
  }

  /** Resolves when everything sent so far has left; never, once the connection is over. */
  sent(): Promise<void> {
    return this.#pacer.idle();
  }

  /** The connection is of no use. */
  break(error: TickmarkError, options: { isFatal?: boolean; retryAfterMs?: number | undefined } = {}): void {
    const { isFatal = false, retryAfterMs } = options;
    this.#fail({ error, isFatal, wasSilent: false, retryAfterMs });
  }

  /** Asks for a sign of life now. */
  probe(): void {
    this.#watchdog?.probe();
  }

  /** Ends it without telling its owner. */
  close(): void {
    this.#end();
  }

  #connect(target: LinkTarget): void {
    if (this.#isOver) return;
    this.#enter('connect');
    // Set aside, for a transport that reports from within open().
    let early: LinkClose | undefined;
    const connection = this.#options.transport.open(target, {
      opened: () => this.#opened(),
      frame: (data, bytes) => {
        if (this.#isOver) return;
        this.#signOfFrame();
        this.#talk?.frame(data, bytes);
      },
      pong: () => {
        if (this.#isOver) return;
        this.#watchdog?.pong();
        this.#talk?.pong?.();
      },
      dropped: (reason) => {
        if (this.#isOver) return;
        this.#signOfFrame();
        this.#talk?.dropped(reason);
      },
      closed: (close) => {
        if (this.#transport) this.#closed(close);
        else early = close;
      },
    });
    this.#transport = connection;
    if (early) this.#closed(early);
  }

  #opened(): void {
    if (this.#isOver || this.#isOpen) return;
    this.#isOpen = true;
    this.#enter('auth');
    this.#watch();
    this.#talk = this.#options.talk(this);
    this.#talk.opened();
  }

  #closed({ message, code, status, retryAfterMs }: LinkClose): void {
    if (this.#isOver) return;
    const isFatal = UNAUTHORIZED.has(status) || UNAUTHORIZED.has(code);
    const error = new LinkError(this.#phase, isFatal ? 'UNAUTHORIZED' : 'STREAM_FAILED', message, {
      retryable: !isFatal,
    });
    const wait = retryAfterMs ?? (SLOW_DOWN.has(status) ? SLOW_DOWN_MS : undefined);
    this.#fail({ error, isFatal, wasSilent: false, retryAfterMs: wait });
  }

  #watch(): void {
    const { clock, heartbeat = {} } = this.#options;
    const { text, always = false, intervalMs, textIntervalMs = intervalMs, silenceMs } = heartbeat;
    const { frameWithinMs } = heartbeat;
    const transport = this.#transport!;
    const isNative = transport.ping !== undefined && !(always && text !== undefined);
    const asText = (): void => transport.send(typeof text === 'function' ? text() : text!);
    const sendPing = isNative ? () => transport.ping!() : text === undefined ? undefined : asText;
    this.#watchdog = new Watchdog({
      clock,
      intervalMs: isNative ? intervalMs : textIntervalMs,
      silenceMs: sendPing ? undefined : silenceMs,
      ping: sendPing && (() => this.#pacer.push(sendPing, true)),
      onDead: (silentMs) => this.#silent(`Nothing came over the link for ${Math.round(silentMs)} ms`),
      onDeaf: () => this.rotate('pings stay unanswered'),
    });
    this.#watchdog.start();
    if (frameWithinMs === undefined) return;
    this.#frameWatchdog = new Watchdog({
      clock,
      silenceMs: frameWithinMs,
      onDead: (silentMs) => this.#silent(`The venue sent no frame for ${Math.round(silentMs)} ms`),
    });
    this.#frameWatchdog.start();
  }

  #signOfFrame(): void {
    this.#watchdog?.sign();
    this.#frameWatchdog?.sign();
  }

  #silent(what: string): void {
    const error = new LinkError(this.#phase, 'STREAM_FAILED', `${what}: the link is taken for dead.`);
    this.#fail({ error, isFatal: false, wasSilent: true });
  }

  #enter(phase: LinkPhase): void {
    this.#phase = phase;
    this.#deadline?.clear();
    this.#deadline = undefined;
    // The symbols' deadlines run with their answers, which only the talk knows of.
    if (phase === 'subscribe' || phase === 'data') return;
    const limit = this.#options.deadlines[phase];
    if (limit === Infinity) return;
    this.#deadline = this.#options.clock.setTimer(() => this.#fail(timeout(phase, limit)), limit);
  }

  #fail(failure: LinkFailure): void {
    if (this.#isOver) return;
    this.#end();
    this.#owner.failed(this, failure);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort.abort();
    this.#deadline?.clear();
    this.#watchdog?.stop();
    this.#frameWatchdog?.stop();
    this.#pacer.clear();
    this.#transport?.close(1000);
    this.#talk?.closed();
  }
}

const STEPS: Record<LinkPhase, string> = {
  resolve: 'The address of the link was not there',
  connect: 'The connection was not open',
  auth: 'The venue had not let us in',
  subscribe: 'The venue had not answered the subscriptions',
  data: 'No price had come',
};

/** The failure of a step whose time is up. */
export function timeout(phase: LinkPhase, limitMs: number): LinkFailure {
  const error = new LinkError(phase, 'TIMEOUT', `${STEPS[phase]} within ${limitMs} ms.`);
  return { error, isFatal: false, wasSilent: false };
}

function targetError(cause: unknown): LinkFailure {
  if (cause instanceof TickmarkError) return { error: cause, isFatal: !cause.retryable, wasSilent: false };
  // Its message may quote the address or token that it could not get, so only its kind is told.
  const kind = cause instanceof Error ? cause.name : typeof cause;
  const message = `The function that gives the address or headers of the link failed (${kind}).`;
  return { error: new LinkError('resolve', 'STREAM_FAILED', message), isFatal: false, wasSilent: false };
}
