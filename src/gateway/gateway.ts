import { keepRaw } from '../core/keep-raw.js';
import { checkDelay, type Timer } from '../core/clock.js';
import type { GatewayOptions, ReaderAddress } from './gateway-options.js';
import { GatewayParts } from './gateway-parts.js';
import type { GatewayStats } from './gateway-stats.js';
import { EventStreamSink } from './http/event-stream-sink.js';
import type { OpenStream } from './http/event-streams.js';
import type { NodeRequest } from './http/node-request.js';
import type { Disconnection, Revocation } from './readers/access-change.js';
import type { UpgradeSocket } from './web-sockets/web-socket-server.js';
import type { GatewaySocket } from './web-sockets/web-socket-sink.js';

/**
 * Streams live values to browsers and programs, over server-sent events and WebSockets: `PROTOCOL.md` describes the messages. It listens
 * to the bus from its construction until `close()`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
 * import { Gateway, nodeHandler } from 'tickmark/gateway';
 * import { WebSocketServer } from 'ws';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository });
 * const gateway = new Gateway({
 *   bus: marking.bus,
 *   values: marking,
 *   authenticate: ({ headers }) => (headers.get('cookie') === 'session=of-alice' ? { subject: 'alice' } : null),
 *   authorize: (subject, { kind, id }) => subject === 'alice' && kind !== 'price' && id === 'desk',
 *   WebSocketServer,
 * });
 * const server = createServer(nodeHandler(gateway)).listen(8080);
 * server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
 * ```
 */
export class Gateway {
  static {
    keepRaw(this);
  }

  /** Names this life of this gateway, in positions. */
  readonly epoch: string;
  readonly #parts: GatewayParts;
  #closing: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT`, also without `authenticate` or `authorize`. */
  constructor(options: GatewayOptions) {
    this.#parts = new GatewayParts(options);
    this.epoch = this.#parts.epoch;
  }

  /**
   * Answers a request of the Fetch API. A GET gets an event stream, or a status that says why not.
   *
   * @param reader Network address of the reader. Without it, the limits by address do not apply.
   *
   * @example
   * ```ts
   * import type { Gateway } from 'tickmark/gateway';
   *
   * declare const gateway: Gateway;
   * // A route handler, for example of Next.js.
   * export const GET = (request: Request): Promise<Response> => gateway.handle(request);
   * ```
   */
  async handle(request: Request, reader: ReaderAddress = {}): Promise<Response> {
    const { addresses, streams } = this.#parts;
    let response: Response | undefined;
    const refusal = await streams.answer(
      request,
      addresses.known(reader.address),
      (headers, events) => {
        const sink = new EventStreamSink(events, request.signal);
        response = new Response(sink.body, { headers });
        return sink;
      },
      request.signal,
    );
    return refusal ?? response!;
  }

  /**
   * Answers a request on another kind of server. Calls `open` when the stream begins, and resolves with `null`; or resolves with the
   * answer to send. Rejects only if `open` throws.
   *
   * @param request The request, or a function that reads it, which is called when it is the reader's turn. `null` is a request that
   * cannot be read: it is counted, and answered with 400.
   * @param reader Network address of the reader, and a signal that fires when it leaves: the gateway then does nothing more for it.
   */
  async stream(
    request: Request | null | (() => Request | null),
    { address, left }: ReaderAddress & { readonly left?: AbortSignal },
    open: OpenStream,
  ): Promise<Response | null> {
    const { addresses, streams } = this.#parts;
    return streams.answer(request, addresses.known(address), open, left);
  }

  /**
   * Takes a handshake of Node's `upgrade` event. Rate, origin and identity are checked before it is accepted. A refused handshake is
   * answered, counted and ended. Nothing that a peer sends makes it reject.
   *
   * @throws TickmarkError `INVALID_ARGUMENT` without the option `WebSocketServer`.
   *
   * @example
   * ```ts
   * import { createServer } from 'node:http';
   * import { nodeHandler, type Gateway } from 'tickmark/gateway';
   *
   * declare const gateway: Gateway;
   * const server = createServer(nodeHandler(gateway)).listen(8080);
   * server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
   * ```
   */
  upgrade(request: NodeRequest, socket: UpgradeSocket, head: Uint8Array): Promise<void> {
    return this.#parts.upgrades.upgrade(request, socket, head);
  }

  /**
   * Takes a WebSocket that another server (Bun, Deno, a worker) has accepted, with the request of its handshake. A refused socket is
   * closed with a code that says why. In Node use {@link upgrade}.
   */
  open(socket: GatewaySocket, handshake: Request, reader: ReaderAddress = {}): void {
    const { addresses, sockets } = this.#parts;
    sockets.open(socket, handshake, addresses.known(reader.address));
  }

  /** Whether the origin of a request may read. */
  allowsOrigin(request: Request): boolean {
    return this.#parts.origins.refusalOf(request) === null;
  }

  /** Network address of the sender of a request of Node, through `trustedProxies`. */
  addressOf(request: NodeRequest): string | undefined {
    return this.#parts.addresses.addressOf(request);
  }

  /**
   * Revokes grants, including those of subscriptions in progress: in this process before it returns, and in the other processes of the
   * bus within a second. Nothing more of them is sent. Whether a reader may subscribe again is up to `authorize`.
   *
   * @returns How many subscriptions ended in this process, once the bus has accepted the event for the others. A revocation with `where`
   * stays in this process.
   * @throws TickmarkError As the bus does if it does not accept the event. The grants of this process are revoked nevertheless. Try again.
   *
   * @example
   * ```ts
   * import type { Gateway } from 'tickmark/gateway';
   *
   * declare const gateway: Gateway;
   * await gateway.revoke({ subject: 'user-17', portfolioId: 'desk' });
   * ```
   */
  revoke(revocation: Revocation = {}): Promise<number> {
    return this.#parts.access.revoke(revocation);
  }

  /**
   * Ends connections, and refuses handshakes and requests of the subject that are in progress: in this process before it returns, and in
   * the other processes of the bus within a second. Whether the reader may connect again is up to `authenticate`.
   *
   * @returns How many connections ended in this process.
   * @throws TickmarkError As {@link revoke}.
   */
  disconnect(disconnection: Disconnection = {}): Promise<number> {
    return this.#parts.access.disconnect(disconnection);
  }

  /** Counters since construction. */
  stats(): GatewayStats {
    const { sessions, delivery, buffers, security } = this.#parts;
    const { asked, denied, failed, remembered, refused, ended, ...counts } = this.#parts.counts;
    return {
      ...counts,
      pending: sessions.unsent,
      refused: { ...refused },
      ended: { ...ended },
      authorizations: { asked, denied, failed, remembered },
      limited: { ...security.limited },
      buffered: buffers.bytes,
      busDelivers: delivery.busDelivers,
      connections: sessions.size,
      topics: delivery.topics.size,
      multicastGroups: delivery.groups.size,
      offset: delivery.offset,
    };
  }

  /**
   * Admits no more readers, asks the connected ones to reconnect later, and resolves when they have left. After `timeoutMs` (default
   * 1,000) it cuts their connections. Idempotent. The bus, the source and the server stay open.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that a timer does not take; the gateway then stays open.
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    checkDelay(timeoutMs, 'Gateway.close: timeoutMs');
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    const { clock, sessions } = this.#parts;
    this.#parts.stop();
    sessions.goAway();
    let deadline: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      deadline = clock.setTimer(resolve, timeoutMs);
    });
    await Promise.race([sessions.empty(), expired]);
    deadline?.clear();
    for (const { connection } of sessions.all()) connection.destroy();
  }
}
