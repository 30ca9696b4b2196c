import { invalidArgument } from '../../core/errors.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/server-messages.js';
import type { AddressResolver } from '../admission/address-resolver.js';
import type { Identity } from '../admission/authenticator.js';
import { REFUSALS, type Refusal } from '../admission/refusal.js';
import { WorkCost } from '../admission/work-scheduler.js';
import { readNodeRequest, type NodeRequest } from '../http/node-request.js';
import type { ReaderContext, ReaderOrigin } from '../readers/reader-context.js';
import type { Sessions } from '../readers/sessions.js';
import { RefusedHandshakes, type RefusedHandshakesOptions } from './refused-handshakes.js';
import type { SocketFlow } from './socket-flow.js';
import type {
  UpgradedSocket,
  UpgradeSocket,
  WebSocketServerClass,
  WebSocketServerLike,
} from './web-socket-server.js';

/** What {@link WebSocketUpgrades} work with. */
export interface WebSocketUpgradesOptions extends RefusedHandshakesOptions {
  readonly WebSocketServer: WebSocketServerClass | undefined;
  readonly context: ReaderContext;
  readonly addresses: AddressResolver;
  readonly sessions: Sessions;
}

/** UTF-8 takes at most 3 bytes for each UTF-16 code unit, which is what `length` counts. */
const BYTES_A_CHARACTER = 3;
const MAX_FRAGMENTS = 64;
const NOT_A_HANDSHAKE: Refusal = {
  code: CloseCode.BAD_REQUEST,
  reason: 'This is not a WebSocket handshake of version 13.',
};
/** Created once, because many readers that leave at the same time would create as many. */
const LEFT = new Error('The reader has left.');

/** Answers handshakes of Node's `upgrade` event. Everything is checked before the 101. Nothing that a peer sends makes it throw. */
export class WebSocketUpgrades {
  readonly #options: WebSocketUpgradesOptions;
  readonly #server: WebSocketServerLike | null;
  readonly #refused: RefusedHandshakes;

  constructor(options: WebSocketUpgradesOptions) {
    this.#options = options;
    this.#refused = new RefusedHandshakes(options);
    const { WebSocketServer, context } = options;
    this.#server =
      WebSocketServer === undefined
        ? null
        : new WebSocketServer({
            noServer: true,
            clientTracking: false,
            maxPayload: Math.min(context.limits.messageLength * BYTES_A_CHARACTER, 2 ** 31 - 1),
            // A browser sends a message in one frame or a few.
            maxFragments: MAX_FRAGMENTS,
            perMessageDeflate: false,
            // Pings count as messages, so they are answered here.
            autoPong: false,
            // By default, `ws` agrees on the first that is offered. It calls this only if one is.
            handleProtocols: () => SUBPROTOCOL,
          });
    // With a listener, `ws` does not answer a handshake that it cannot read: `#complete` does.
    this.#server?.on('wsClientError', () => undefined);
  }

  /** Resolves when the socket is accepted or refused. @throws TickmarkError `INVALID_ARGUMENT` without `WebSocketServer`. */
  async upgrade(incoming: NodeRequest, socket: UpgradeSocket, head: Uint8Array): Promise<void> {
    if (!this.#server) {
      socket.destroy();
      throw invalidArgument(
        'Gateway: WebSocketServer',
        undefined,
        'the class WebSocketServer of the package ws',
      );
    }
    // Without a listener, a reset connection would end the process.
    socket.on('error', () => undefined);
    const { addresses, admission, context } = this.#options;
    const address = addresses.addressOf(incoming);
    const quota = admission.admit(address);
    if ('limit' in quota) return this.#refused.refuseLimit(socket, quota);
    const release = admission.reserve();
    const left = new AbortController();
    const onClose = (): void => left.abort(LEFT);
    socket.on('close', onClose);
    const refuse = (refusal: Refusal): void => {
      quota.release();
      this.#refused.refuse(socket, refusal);
    };
    try {
      const turn = context.scheduler.take(WorkCost.opening, quota.network, left.signal);
      if (turn) await turn;
      if (socket.destroyed) return quota.release();
      const request = readNodeRequest(incoming, left.signal);
      if (!request) {
        context.security.report('malformed', { address }, 'a handshake that cannot be read');
        quota.recordViolation();
        return refuse(REFUSALS.unreadableRequest);
      }
      const refusal = this.#refusalOf(request, address);
      if (refusal) return refuse(refusal);
      const answer = context.authenticator.identify(request);
      const identity = answer instanceof Promise ? await answer : answer;
      if (identity === 'busy') return refuse(REFUSALS.credentialsUnchecked);
      if (admission.isClosed) return refuse(REFUSALS.goingAway);
      if (socket.destroyed) return quota.release();
      socket.off('close', onClose);
      this.#complete(incoming, socket, head, { request, address, quota, identity });
    } catch {
      // For example, `ws` throws for a socket that has just ended.
      quota.release();
      socket.destroy();
    } finally {
      release();
    }
  }

  #refusalOf(request: Request, address: string | undefined): Refusal | null {
    const { admission, context } = this.#options;
    const refusal = admission.originRefusal(request, address);
    if (refusal) return refusal;
    if (admission.isClosed) return REFUSALS.goingAway;
    const offered = request.headers.get('sec-websocket-protocol');
    if (offered === null || offered.split(',').some((each) => each.trim() === SUBPROTOCOL)) return null;
    context.security.report('malformed', { address }, 'another subprotocol');
    return REFUSALS.subprotocol;
  }

  #complete(
    incoming: NodeRequest,
    socket: UpgradeSocket,
    head: Uint8Array,
    origin: ReaderOrigin & { readonly identity: Identity | null },
  ): void {
    const { sessions, context } = this.#options;
    let isAccepted = false;
    this.#server!.handleUpgrade(incoming as never, socket as never, head as never, (webSocket) => {
      isAccepted = true;
      sessions.openSocket(origin, { socket: webSocket, early: [], flow: flowOf(webSocket, socket) });
    });
    if (isAccepted) return;
    origin.quota.release();
    if (socket.destroyed) return;
    origin.quota.recordViolation();
    context.security.report('malformed', { address: origin.address }, 'a handshake that cannot be read');
    this.#refused.refuse(socket, NOT_A_HANDSHAKE);
  }
}

/** How a WebSocket is read. @param raw The socket below it, which `ws` already listens to. */
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
