import type { Timer } from '../core/clock.js';
import { CloseCode } from '../protocol/close-codes.js';
import { PROTOCOL_VERSION } from '../protocol/server-messages.js';
import type { AddressLimit, AddressShare, Addresses } from './addresses.js';
import type { BufferTotal } from './buffer-total.js';
import { Connection } from './connection.js';
import { Frame } from './frame.js';
import type { GatewayCounts } from './gateway-counts.js';
import type { SetTimes } from './gateway-options.js';
import type { Outlet, OutletEvents } from './outlet.js';
import type { Hub, Reader } from './reader.js';
import { SocketSession } from './socket-session.js';
import type { SocketFlow } from './socket-flow.js';
import type { GatewaySocket } from './web-socket-outlet.js';

/** A reader with its connection. */
export interface Session {
  readonly connection: Connection;
  readonly reader: Reader;
  /** What it says, over a WebSocket. */
  readonly socket: SocketSession | null;
}

/** What a reader speaks over, how that is read, and what it has said already. */
export interface Spoken {
  readonly socket: GatewaySocket;
  readonly flow: SocketFlow | null;
  readonly early: readonly unknown[];
}

/** What {@link Sessions} work with. */
export interface SessionsOptions {
  readonly hub: Hub;
  readonly times: SetTimes;
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
  readonly #with: SessionsOptions;
  readonly #sessions = new Set<Session>();
  readonly #tickMs: number;
  /** Requests and handshakes that are being looked at, and refused sockets that have not closed. */
  #awaited = 0;
  #timer: Timer | undefined;
  #keptAliveAt: number;
  #onEmpty: (() => void) | undefined;

  constructor(options: SessionsOptions) {
    this.#with = options;
    const { heartbeatMs } = options.times;
    // Looked at twice in each heartbeat, a connection is sent something once in each.
    this.#tickMs = heartbeatMs > 0 ? Math.min(500, heartbeatMs / 2) : 500;
    this.#keptAliveAt = options.hub.clock.monotonic();
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
  admit(address: string | undefined): AddressShare | AddressLimit {
    const { hub, addresses } = this.#with;
    if (this.#sessions.size + this.#awaited >= hub.limits.connections) {
      return { limit: 'connections', waitMs: 1000 };
    }
    return addresses.open(address);
  }

  /** Why an address is not worth being looked at now; `null` where it is. Takes nothing of its share. */
  refusalOf(address: string | undefined): AddressLimit | null {
    const { hub, addresses } = this.#with;
    const isFull = this.#sessions.size + this.#awaited >= hub.limits.connections;
    return isFull ? { limit: 'connections', waitMs: 1000 } : addresses.banOf(address);
  }

  /** An address has broken a rule, before there was a share of it. */
  violated(address: string | undefined): void {
    this.#with.addresses.violated(address);
  }

  /** Counts something among the connections until the function that it gives is called. */
  await(): () => void {
    this.#awaited++;
    let isOver = false;
    return () => {
      if (!isOver) this.#awaited--;
      isOver = true;
    };
  }

  /** Opens the connection of a reader, and welcomes it. */
  open(reader: Reader, makeOutlet: (events: OutletEvents) => Outlet, spoken?: Spoken): Connection {
    const { hub, times, counts, buffers, status } = this.#with;
    const { clock, limits } = hub;
    const connection = new Connection({
      open: makeOutlet,
      limits,
      clock,
      counts,
      buffers,
      position: () => hub.position(),
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
    const talk = spoken
      ? new SocketSession({ reader, handshake: reader.request, connection, hub, times })
      : null;
    const session: Session = { connection, reader, socket: talk };
    counts.opened++;
    this.#sessions.add(session);
    reader.attach(connection);
    connection.say(
      `{"type":"welcome","serverTime":${clock.now()},"protocol":${PROTOCOL_VERSION},"epoch":"${hub.epoch}",` +
        `"heartbeatMs":${times.heartbeatMs},"subject":${JSON.stringify(reader.identity?.subject ?? null)},` +
        `"status":${status()}}`,
    );
    if (spoken) talk!.listen(spoken);
    return connection;
  }

  /** Stops what has expired for readers whose timer is late. */
  expire(): void {
    const { expiries, clock } = this.#with.hub;
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
    this.#timer = this.#with.hub.clock.setTimer(() => {
      this.#schedule();
      this.#tick();
    }, this.#tickMs);
  }

  #tick(): void {
    const { hub, times, onTick } = this.#with;
    const now = hub.clock.monotonic();
    const isQuietBefore = now - times.heartbeatMs / 2;
    const heartbeat = Frame.of(`{"type":"heartbeat","serverTime":${hub.clock.now()}}`);
    const keepAlive = now - this.#keptAliveAt >= times.keepAliveMs;
    if (keepAlive) this.#keptAliveAt = now;
    for (const { connection, socket } of this.#sessions) {
      connection.watch(now);
      socket?.tick(now);
      if (keepAlive) connection.keepAlive();
      if (times.heartbeatMs > 0 && connection.writtenAt <= isQuietBefore) connection.sayIfIdle(heartbeat);
    }
    onTick(now);
  }
}
