import type { Timer } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { PROTOCOL_VERSION } from '../../protocol/server-messages.js';
import type { AddressLimit, AddressQuota, Addresses } from '../admission/addresses.js';
import type { BufferTotal } from '../wire/buffer-total.js';
import { Connection } from '../wire/connection.js';
import { Frame } from '../wire/frame.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { ResolvedTimes } from '../gateway-options.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';
import type { ReaderContext, Reader } from './reader.js';
import { SocketSession, type SocketInput } from '../web-sockets/socket-session.js';

/** A reader with its connection. */
export interface Session {
  readonly connection: Connection;
  readonly reader: Reader;
  /** What it says, over a WebSocket. */
  readonly socket: SocketSession | null;
}

/** What {@link Sessions} work with. */
export interface SessionsOptions {
  readonly context: ReaderContext;
  readonly times: ResolvedTimes;
  readonly addresses: Addresses;
  readonly counts: GatewayCounts;
  readonly buffers: BufferTotal;
  /** The status of the feed as JSON, for the welcome. */
  readonly status: () => string;
  /** Whatever else is due from time to time. @param now on the monotonic clock. */
  readonly onTick: (now: number) => void;
}

/** Readers that are connected, and one timer that looks after them all. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Set<Session>();
  readonly #tickMs: number;
  /** Requests and handshakes that are being looked at, and refused sockets that have not closed. */
  #reserved = 0;
  #timer: Timer | undefined;
  #keptAliveAt: number;
  #onEmpty: (() => void) | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { heartbeatMs } = options.times;
    // Looked at twice in each heartbeat, a connection is sent something once in each.
    this.#tickMs = heartbeatMs > 0 ? Math.min(500, heartbeatMs / 2) : 500;
    this.#keptAliveAt = options.context.clock.monotonic();
    this.#schedule();
  }

  /** How many are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Those that are open; one that ends meanwhile is left out. */
  all(): Iterable<Session> {
    return this.#sessions;
  }

  /** A share of what the address of a reader may have; or which limit holds. */
  admit(address: string | undefined): AddressQuota | AddressLimit {
    const { context, addresses } = this.#options;
    if (this.#sessions.size + this.#reserved >= context.limits.connections) {
      return { limit: 'connections', waitMs: 1000 };
    }
    return addresses.admit(address);
  }

  /** Why an address is not worth being looked at now; `null` where it is. Takes nothing of its share. */
  refusalOf(address: string | undefined): AddressLimit | null {
    const { context, addresses } = this.#options;
    const isFull = this.#sessions.size + this.#reserved >= context.limits.connections;
    return isFull ? { limit: 'connections', waitMs: 1000 } : addresses.banOf(address);
  }

  /** An address has broken a rule, before there was a share of it. */
  recordViolation(address: string | undefined): void {
    this.#options.addresses.recordViolation(address);
  }

  /** Counts something among the connections until the function that it gives is called. */
  reserve(): () => void {
    this.#reserved++;
    let isOver = false;
    return () => {
      if (!isOver) this.#reserved--;
      isOver = true;
    };
  }

  /** Opens the connection of a reader, and welcomes it. */
  open(reader: Reader, createSink: (events: FrameSinkEvents) => FrameSink, input?: SocketInput): Connection {
    const { context, times, counts, buffers, status } = this.#options;
    const { clock, limits } = context;
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
        counts.countEnded(how);
        reader.leave();
      },
    });
    const socket = input
      ? new SocketSession({ reader, handshake: reader.request, connection, context, times })
      : null;
    const session: Session = { connection, reader, socket: socket };
    counts.opened++;
    this.#sessions.add(session);
    reader.attach(connection);
    connection.send(
      `{"type":"welcome","serverTime":${clock.now()},"protocol":${PROTOCOL_VERSION},"epoch":"${context.epoch}",` +
        `"heartbeatMs":${times.heartbeatMs},"subject":${JSON.stringify(reader.identity?.subject ?? null)},` +
        `"status":${status()}}`,
    );
    if (input) socket!.listen(input);
    return connection;
  }

  /** Stops what has expired for readers whose timer is late. */
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

  /** Settles when none is open. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#sessions.size === 0) resolve();
      else this.#onEmpty = resolve;
    });
  }

  /** Ends all, and says that this gateway is going away. */
  goAway(): void {
    for (const { connection } of this.#sessions) {
      connection.close(CloseCode.GOING_AWAY, 'This gateway is going away.');
    }
  }

  /** Looks after them no longer. */
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
