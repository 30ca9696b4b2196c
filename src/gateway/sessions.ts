import type { Timer } from '../core/clock.js';
import { PROTOCOL_VERSION } from '../protocol/server-messages.js';
import type { AddressShare, Addresses } from './addresses.js';
import { Connection } from './connection.js';
import { Frame } from './frame.js';
import type { GatewayCounts } from './gateway-counts.js';
import type { ReaderAddress, SetTimes } from './gateway-options.js';
import type { Outlet, OutletEvents } from './outlet.js';
import type { Hub, Reader } from './reader.js';
import { SocketSession } from './socket-session.js';
import type { GatewaySocket } from './web-socket-outlet.js';

/** A reader with its connection. */
export interface Session {
  readonly connection: Connection;
  readonly reader: Reader;
  /** What it says, over a WebSocket. */
  readonly socket: SocketSession | null;
}

/** What {@link Sessions} work with. */
export interface SessionsOptions {
  readonly hub: Hub;
  readonly times: SetTimes;
  readonly addresses: Addresses;
  readonly counts: GatewayCounts;
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
  /** Requests that are being looked at and have no connection yet. */
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

  /** A share of what the address of a reader may have; or how long it should wait before it asks again, ms. */
  admit({ address }: ReaderAddress): AddressShare | number {
    const { hub, addresses } = this.#with;
    return this.#sessions.size + this.#awaited >= hub.limits.connections ? 1000 : addresses.open(address);
  }

  /** Counts a request among the connections while it is being looked at. */
  async awaiting<T>(work: Promise<T>): Promise<T> {
    this.#awaited++;
    try {
      return await work;
    } finally {
      this.#awaited--;
    }
  }

  /** Opens the connection of a reader, and welcomes it. @param socket what it may speak over. */
  open(reader: Reader, makeOutlet: (events: OutletEvents) => Outlet, socket?: GatewaySocket): Connection {
    const { hub, times, counts, status } = this.#with;
    const { clock, limits } = hub;
    const connection = new Connection({
      open: makeOutlet,
      limits,
      clock,
      counts,
      position: () => hub.position(),
      onTooLarge: ({ key }) => {
        if (key !== 'status') reader.end([key], 'limit');
      },
      onClosed: (how) => {
        this.#remove(session);
        counts.countEnded(how);
        reader.leave();
      },
    });
    const talk = socket ? new SocketSession({ reader, connection, hub, times }) : null;
    const session: Session = { connection, reader, socket: talk };
    counts.opened++;
    this.#sessions.add(session);
    reader.attach(connection);
    connection.say(
      `{"type":"welcome","serverTime":${clock.now()},"protocol":${PROTOCOL_VERSION},"epoch":"${hub.epoch}",` +
        `"heartbeatMs":${times.heartbeatMs},"status":${status()}}`,
    );
    if (socket) talk!.listen(socket);
    return connection;
  }

  /** Settles when none is open. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#sessions.size === 0) resolve();
      else this.#onEmpty = resolve;
    });
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
