import type { Clock } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/server-messages.js';
import type { AddressLimit } from '../admission/addresses.js';
import type { Identity } from '../admission/authenticator.js';
import type { GatewayCounts } from '../gateway-counts.js';
import { statusOf } from '../http/http-answers.js';
import { CLOSE_TIMEOUT_MS, closeMessage } from '../wire/connection.js';
import type { NodeRequest } from '../http/node-request.js';
import { readNodeRequest } from '../http/node-request.js';
import type { OriginPolicy } from '../admission/origin-policy.js';
import type { ReaderContext, ReaderOrigin } from '../readers/reader.js';
import type { Sessions } from '../readers/sessions.js';
import type { SocketFlow } from './socket-flow.js';
import type { GatewaySocket } from './web-socket-sink.js';
import type {
  UpgradedSocket,
  UpgradeSocket,
  WebSocketServerClass,
  WebSocketServerLike,
} from './web-socket-server.js';
import { WorkCost } from '../admission/work-scheduler.js';

/** What {@link WebSocketUpgrades} work with. */
export interface WebSocketUpgradesOptions {
  readonly WebSocketServer: WebSocketServerClass | undefined;
  readonly context: ReaderContext;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  readonly counts: GatewayCounts;
  readonly clock: Clock;
  readonly isClosing: () => boolean;
  readonly addressOf: (incoming: NodeRequest) => string | undefined;
  /** Opens the connection of a reader that was let in. */
  readonly accept: (socket: GatewaySocket, flow: SocketFlow, origin: ReaderOrigin) => void;
}

/** UTF-8 takes at most 3 bytes for each character that JavaScript counts. */
const BYTES_A_CHARACTER = 3;
const MAX_FRAGMENTS = 64;
/** Made once: a flood of those who leave would make as many. */
const LEFT = new Error('The reader has left.');

/** Answers handshakes of Node's `upgrade` event: everything is checked before the 101. Nothing that a peer sends throws. */
export class WebSocketUpgrades {
  readonly #options: WebSocketUpgradesOptions;
  readonly #server: WebSocketServerLike | null;

  constructor(options: WebSocketUpgradesOptions) {
    this.#options = options;
    const { WebSocketServer, context } = options;
    this.#server =
      WebSocketServer === undefined
        ? null
        : new WebSocketServer({
            noServer: true,
            clientTracking: false,
            maxPayload: Math.min(context.limits.messageLength * BYTES_A_CHARACTER, 2 ** 31 - 1),
            // A browser sends a message in one frame, or in a few.
            maxFragments: MAX_FRAGMENTS,
            perMessageDeflate: false,
            // Pings count as messages do.
            autoPong: false,
            // Else `ws` agrees on the first that is offered. It asks only where some are.
            handleProtocols: () => SUBPROTOCOL,
          });
    // With a listener `ws` leaves it to us to answer a handshake that it cannot read; see `#complete`.
    this.#server?.on('wsClientError', () => undefined);
  }

  /** Settles when the socket is a WebSocket or refused. Never rejects. @throws TickmarkError `INVALID_ARGUMENT` without `WebSocketServer`. */
  async upgrade(incoming: NodeRequest, socket: UpgradeSocket, head: Uint8Array): Promise<void> {
    if (!this.#server) {
      socket.destroy();
      throw invalidArgument(
        'Gateway: WebSocketServer',
        undefined,
        'the class WebSocketServer of the package ws',
      );
    }
    // Without a listener a reset would end the process.
    socket.on('error', () => undefined);
    const { sessions, context } = this.#options;
    const address = this.#options.addressOf(incoming);
    const quota = sessions.admit(address);
    if ('limit' in quota) {
      context.security.report('limit', { address }, quota.limit);
      return this.#refuseLimit(socket, quota);
    }
    const release = sessions.reserve();
    const left = new AbortController();
    const onClose = (): void => left.abort(LEFT);
    socket.on('close', onClose);
    const refuse = (code: CloseCode, reason: string, status?: number): void => {
      quota.release();
      this.#refuse(socket, code, reason, null, status);
    };
    try {
      const turn = context.scheduler.take(WorkCost.opening, quota.network, left.signal);
      if (turn) await turn;
      if (socket.destroyed) return quota.release();
      const request = readNodeRequest(incoming, left.signal);
      if (!request) {
        context.security.report('malformed', { address }, 'a handshake that cannot be read');
        quota.recordViolation();
        return refuse(CloseCode.BAD_REQUEST, 'The request cannot be read.');
      }
      const refusal = this.#refusalOf(request, address);
      if (refusal) return refuse(...refusal);
      const answer = context.authenticator.identify(request);
      const identity = answer instanceof Promise ? await answer : answer;
      if (identity === 'busy') return refuse(CloseCode.INTERNAL, 'The credentials could not be checked.');
      if (this.#options.isClosing()) return refuse(CloseCode.GOING_AWAY, 'This gateway is going away.');
      if (socket.destroyed) return quota.release();
      socket.off('close', onClose);
      this.#complete(incoming, socket, head, { request, address, quota, identity });
    } catch {
      // Such as a `ws` that throws for a socket that has just ended.
      quota.release();
      socket.destroy();
    } finally {
      release();
    }
  }

  #refusalOf(request: Request, address: string | undefined): [CloseCode, string] | null {
    const { origins, context, isClosing } = this.#options;
    if (!origins.allows(request)) {
      context.security.report('origin-refused', { address }, request.headers.get('origin') ?? 'no origin');
      return [CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.'];
    }
    if (isClosing()) return [CloseCode.GOING_AWAY, 'This gateway is going away.'];
    const offered = request.headers.get('sec-websocket-protocol');
    if (offered !== null && !offered.split(',').some((each) => each.trim() === SUBPROTOCOL)) {
      context.security.report('malformed', { address }, 'another subprotocol');
      return [CloseCode.UNSUPPORTED_PROTOCOL, `The subprotocol spoken here is ${SUBPROTOCOL}.`];
    }
    return null;
  }

  #complete(
    incoming: NodeRequest,
    socket: UpgradeSocket,
    head: Uint8Array,
    origin: ReaderOrigin & { readonly identity: Identity | null },
  ): void {
    const { accept, context } = this.#options;
    let isAccepted = false;
    this.#server!.handleUpgrade(incoming as never, socket as never, head as never, (webSocket) => {
      isAccepted = true;
      accept(webSocket, flowOf(webSocket, socket), origin);
    });
    if (isAccepted) return;
    origin.quota.release();
    if (socket.destroyed) return;
    origin.quota.recordViolation();
    context.security.report('malformed', { address: origin.address }, 'a handshake that cannot be read');
    this.#refuse(socket, CloseCode.BAD_REQUEST, 'This is no WebSocket handshake of version 13.');
  }

  /** Refuses an address that has reached a limit; one that is banned waits for the answer, unread. */
  #refuseLimit(socket: UpgradeSocket, { waitMs, delayed }: AddressLimit): void {
    const { clock, sessions, counts } = this.#options;
    const refuse = () => this.#refuse(socket, CloseCode.TOO_MANY, 'Too many connections.', waitMs);
    if (!delayed) return refuse();
    if (delayed.delayMs === 0) {
      counts.countRefused(CloseCode.TOO_MANY);
      return void socket.destroy();
    }
    const release = sessions.reserve();
    const over = (): void => {
      timer.clear();
      socket.off('close', over);
      delayed.done();
      release();
    };
    const timer = clock.setTimer(() => {
      over();
      refuse();
    }, delayed.delayMs);
    socket.on('close', over);
  }

  /** Answers with a status and a `close` message, and sees to it that the socket ends. */
  #refuse(
    socket: UpgradeSocket,
    code: CloseCode,
    reason: string,
    retryAfterMs: number | null = null,
    status = statusOf(code),
  ): void {
    const { counts, clock, sessions } = this.#options;
    counts.countRefused(code);
    if (socket.destroyed) return;
    const over = sessions.reserve();
    const timer = clock.setTimer(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    socket.on('close', () => {
      over();
      timer.clear();
    });
    const body = JSON.stringify(closeMessage(clock.now(), code, reason, retryAfterMs));
    const retryAfter = retryAfterMs === null ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`;
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
        `${retryAfter}Content-Length: ${new TextEncoder().encode(body).byteLength}\r\n\r\n${body}`,
    );
  }
}

/** How a WebSocket is read. @param raw what it is read from, with the listener of `ws` already. */
function flowOf(socket: UpgradedSocket, raw: UpgradeSocket): SocketFlow {
  return {
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    pong: (data) => socket.pong(data),
    listen({ read, ping, pong, broken }) {
      raw.on('data', ({ byteLength }) => read(byteLength));
      socket.on('ping', ping);
      socket.on('pong', pong);
      socket.on('error', broken);
    },
  };
}
