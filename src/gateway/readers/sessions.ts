import type { Timer } from '../../core/clock.js';
import { PROTOCOL_VERSION } from '../../protocol/server-messages.js';
import { REFUSALS } from '../admission/refusal.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { ResolvedTimes } from '../gateway-times.js';
import { SocketSession, type SocketInput } from '../web-sockets/socket-session.js';
import { WebSocketSink } from '../web-sockets/web-socket-sink.js';
import type { BufferTotal } from '../wire/buffer-total.js';
import { Connection } from '../wire/connection.js';
import { Frame } from '../wire/frame.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';
import type { ReaderContext, ReaderOrigin } from './reader-context.js';
import { ReaderMessages } from './reader-messages.js';
import { Reader } from './reader.js';

/** A reader with its connection. */
export interface Session {
  readonly connection: Connection;
  readonly reader: Reader;
  /** What it sends. */
  readonly messages: ReaderMessages;
  /** Its WebSocket; `null` for an event stream. */
  readonly socket: SocketSession | null;
}

/** What {@link Sessions} work with. */
export interface SessionsOptions {
  readonly context: ReaderContext;
  readonly times: ResolvedTimes;
  readonly counts: GatewayCounts;
  readonly buffers: BufferTotal;
  /** The status of the feed as JSON, for the welcome. */
  readonly status: () => string;
  /** Other periodic work. @param now On the monotonic clock. */
  readonly onTick: (now: number) => void;
}

/** Time between two checks of all connections, unless heartbeats are more frequent, ms. */
const TICK_MS = 500;

/** Connected readers, and the one timer that checks them all. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Set<Session>();
  /** Those with an event stream, by the name that a POST gives. */
  readonly #streams = new Map<string, Session>();
  readonly #tickMs: number;
  #timer: Timer | undefined;
  #keptAliveAt: number;
  #onEmpty: (() => void) | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { heartbeatMs } = options.times;
    // With two checks in each heartbeat interval, a connection gets one heartbeat in each.
    this.#tickMs = heartbeatMs > 0 ? Math.min(TICK_MS, heartbeatMs / 2) : TICK_MS;
    this.#keptAliveAt = options.context.clock.monotonic();
    this.#schedule();
  }

  /** How many are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The open ones. A session that ends during the iteration is left out. */
  all(): Iterable<Session> {
    return this.#sessions;
  }

  /** Values that connections were not sent yet. */
  get unsent(): number {
    let unsent = 0;
    for (const { connection } of this.#sessions) unsent += connection.unsent.size;
    return unsent;
  }

  /** The open event stream of this name. */
  stream(name: string): Session | undefined {
    return this.#streams.get(name);
  }

  /** Opens the connection of a reader over a WebSocket. */
  openSocket(origin: ReaderOrigin, input: SocketInput): void {
    const reader = new Reader(this.#options.context, origin);
    this.open(reader, (events) => new WebSocketSink(input.socket, events), input);
  }

  /** Opens the connection of a reader, and sends the welcome. */
  open(reader: Reader, createSink: (events: FrameSinkEvents) => FrameSink, input?: SocketInput): Connection {
    const { context, times, counts, buffers, status } = this.#options;
    const { clock, limits } = context;
    // Whoever knows it, and has the credentials of the same subject, may change the stream.
    const name = input ? null : globalThis.crypto.randomUUID();
    const connection = new Connection({
      open: createSink,
      limits,
      clock,
      counts,
      buffers,
      position: () => context.position(),
      onLimit: (limit) => reader.report('limit', limit),
      onTooLarge: ({ key }) => {
        if (key === 'status') return;
        reader.report('limit', 'bufferedBytes');
        reader.end([key], 'limit');
      },
      onClosed: (how) => {
        this.#remove(session);
        if (name !== null) this.#streams.delete(name);
        counts.countEnded(how);
        reader.leave();
      },
    });
    const messages = new ReaderMessages({ reader, connection, context });
    const socket = input
      ? new SocketSession({ reader, messages, handshake: reader.request, connection, context, times })
      : null;
    const session: Session = { connection, reader, messages, socket };
    if (name !== null) this.#streams.set(name, session);
    counts.opened++;
    this.#sessions.add(session);
    reader.attach(connection);
    connection.send(
      `{"type":"welcome","serverTime":${clock.now()},"protocol":${PROTOCOL_VERSION},"epoch":"${context.epoch}",` +
        `"heartbeatMs":${times.heartbeatMs},"subject":${JSON.stringify(reader.identity?.subject ?? null)},` +
        `${name === null ? '' : `"session":"${name}",`}"status":${status()}}`,
    );
    if (input) socket!.listen(input);
    return connection;
  }

  /** Stops expired topics of readers whose timer is late. */
  expire(): void {
    const { expiries, clock } = this.#options.context;
    const now = clock.now();
    if (now < expiries.next) return;
    expiries.next = Infinity;
    for (const { reader } of this.#sessions) {
      if (reader.expiresAt <= now) reader.expire();
      expiries.next = Math.min(expiries.next, reader.expiresAt);
    }
  }

  /** Resolves when none is open. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#sessions.size === 0) resolve();
      else this.#onEmpty = resolve;
    });
  }

  /** Tells all readers that this gateway is going away, and ends their connections. */
  goAway(): void {
    const { code, reason } = REFUSALS.goingAway;
    for (const { connection } of this.#sessions) connection.close(code, reason);
  }

  /** Checks them no longer. */
  stop(): void {
    this.#timer?.clear();
  }

  #remove(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }

  #schedule(): void {
    this.#timer = this.#options.context.clock.setTimer(() => {
      this.#schedule();
      this.#tick();
    }, this.#tickMs);
  }

  #tick(): void {
    const { context, times, onTick } = this.#options;
    const now = context.clock.monotonic();
    const isQuietBefore = now - times.heartbeatMs / 2;
    const heartbeat = Frame.of(`{"type":"heartbeat","serverTime":${context.clock.now()}}`);
    const keepAlive = now - this.#keptAliveAt >= times.keepAliveMs;
    if (keepAlive) this.#keptAliveAt = now;
    for (const { connection, socket } of this.#sessions) {
      connection.watch(now);
      socket?.tick(now);
      if (keepAlive) connection.keepAlive();
      if (times.heartbeatMs > 0 && connection.writtenAt <= isQuietBefore) connection.sendIfIdle(heartbeat);
    }
    onTick(now);
  }
}
