import type { FakeClock } from 'tickmark/conformance';
import type { Timer } from 'tickmark';
import { ScriptedTransport, type ScriptedConnection } from '../connection/scripted-transport.js';
import { parseRetryAfter } from '../../../src/streams/connection/retry-after.js';
import type { ServedClient, VenueHost, VenueServer } from './venue-server.js';

/** How long a request is under way. Answers and prices arrive at once. */
const DELAY_MS = 5;

/** Carries the frames of a scripted server without a network, on a fake clock. */
export class MemoryLink implements VenueHost {
  readonly url = 'ws://127.0.0.1:1';
  /** The transport of the adapter. */
  readonly transport: ScriptedTransport;
  readonly #server: VenueServer;
  readonly #clock: FakeClock;
  readonly #underWay = new Set<Timer>();
  #isClosed = false;

  constructor(server: VenueServer, clock: FakeClock) {
    this.#server = server;
    this.#clock = clock;
    this.transport = new ScriptedTransport((connection) => this.#asked(connection));
    server.host = this;
  }

  /** Connections that neither side has closed. */
  get live(): readonly ScriptedConnection[] {
    return this.transport.live;
  }

  /** Whether everything that was sent has arrived. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  cut(): void {
    for (const connection of this.live) connection.drop();
  }

  /** Stops delivery, and leaves no timer behind. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#underWay) timer.clear();
    return Promise.resolve();
  }

  #asked(connection: ScriptedConnection): void {
    const { url, headers = {} } = connection.target;
    const { pathname, search } = new URL(url);
    const request = { url: pathname + search, headers };
    const upgrade = this.#server.asked(request);
    if (upgrade.kind === 'silence') return;
    this.#later(() => {
      if (connection.isClosed) return;
      if (upgrade.kind === 'cut') return connection.drop();
      if (upgrade.kind === 'status') {
        const { status, headers: answer = {} } = upgrade;
        const retryAfterMs = parseRetryAfter(answer['retry-after'] ?? null, this.now());
        return connection.drop({ status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
      }
      if (upgrade.kind === 'hang-up') {
        connection.open();
        if (!connection.isClosed) connection.drop({ code: upgrade.code });
        return;
      }
      this.#serve(connection, request);
    });
  }

  #serve(connection: ScriptedConnection, request: ServedClient['request']): void {
    const client: ServedClient = {
      socket: {
        send: (data) => connection.frame(data),
        close: (code = 1000, reason = '') => connection.drop({ code, message: reason }),
      },
      request,
      streams: new Map(),
      received: [],
    };
    connection.onClosed = () => this.#server.clients.delete(client);
    connection.onSent = (text) => {
      this.#later(() => {
        if (!connection.isClosed && !connection.isDead) this.#server.heard(client, text);
      });
    };
    connection.open();
    if (!connection.isClosed) this.#server.joined(client);
  }

  #later(callback: () => void): void {
    if (this.#isClosed) return;
    const timer = this.#clock.setTimer(() => {
      this.#underWay.delete(timer);
      callback();
    }, DELAY_MS);
    this.#underWay.add(timer);
  }
}
