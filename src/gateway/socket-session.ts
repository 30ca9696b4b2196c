import { TickmarkError } from '../core/errors.js';
import { parseClientMessage, type ClientMessage } from '../protocol/client-messages.js';
import { CloseCode } from '../protocol/close-codes.js';
import { parsePosition } from '../protocol/stream-position.js';
import type { Connection } from './connection.js';
import type { SetTimes } from './gateway-options.js';
import { RateLimit } from './rate-limit.js';
import { heldUpTo } from './held-of.js';
import type { Hub, Reader } from './reader.js';
import type { GatewaySocket } from './web-socket-outlet.js';

/** What a {@link SocketSession} works with. */
export interface SocketSessionOptions {
  readonly reader: Reader;
  /** Without the credentials of `auth` messages. */
  readonly handshake: Request;
  readonly connection: Connection;
  readonly hub: Hub;
  readonly times: SetTimes;
}

/** More messages than this under way, and the sender is not waiting for answers. */
const MOST_WAITING = 64;

/** What a reader says over a WebSocket, taken one after the other. */
export class SocketSession {
  readonly #with: SocketSessionOptions;
  readonly #rate: RateLimit;
  readonly #openedAt: number;
  readonly #handshake: Request;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #hadTopic = false;
  #pingedAt: number;
  #isPongDue = false;

  constructor(options: SocketSessionOptions) {
    this.#with = options;
    const { clock, limits } = options.hub;
    const now = clock.monotonic();
    this.#openedAt = this.#pingedAt = now;
    this.#rate = new RateLimit(limits.messagesPerSecond, now);
    this.#handshake = options.handshake;
  }

  /** Takes what the socket says, and first what it has said already. */
  listen(socket: GatewaySocket, early: readonly unknown[]): void {
    for (const data of early) this.#take(data);
    socket.addEventListener('message', ({ data }) => this.#take(data));
  }

  /** Looks after deadlines. */
  tick(now: number): void {
    const { connection, hub, times, reader } = this.#with;
    this.#hadTopic ||= reader.size > 0;
    if (!this.#hadTopic && now - this.#openedAt >= hub.limits.unauthenticatedMs) {
      reader.report('limit', 'unauthenticatedMs');
      return connection.close(CloseCode.UNAUTHORIZED, 'No topic was granted in time.');
    }
    if (this.#isPongDue && now - this.#pingedAt >= times.pongMs) {
      return connection.close(CloseCode.NO_PONG, 'No pong came in time.');
    }
    if (!this.#isPongDue && now - this.#pingedAt >= times.keepAliveMs) {
      this.#isPongDue = true;
      this.#pingedAt = now;
      connection.say(`{"type":"ping","serverTime":${hub.clock.now()}}`);
    }
  }

  #take(data: unknown): void {
    const { connection, hub, reader } = this.#with;
    const { limits, clock } = hub;
    if (!connection.isOpen) return;
    if (typeof data !== 'string') {
      reader.report('malformed', 'a binary message');
      return connection.close(CloseCode.BAD_REQUEST, 'Messages are text frames.');
    }
    if (data.length > limits.messageLength) {
      reader.report('limit', 'messageLength');
      return connection.close(
        CloseCode.MESSAGE_TOO_LARGE,
        `A message has ${limits.messageLength} characters at most.`,
      );
    }
    if (!this.#rate.take(clock.monotonic()) || this.#waiting >= MOST_WAITING) {
      reader.report('limit', 'messagesPerSecond');
      return connection.close(CloseCode.TOO_MANY, 'Too many messages.', 1000);
    }
    let message: ClientMessage;
    try {
      message = parseClientMessage(data);
    } catch (error) {
      // Such an error names the field and what is accepted, and quotes little of what was given, escaped.
      const reason = error instanceof TickmarkError ? error.message : 'The message cannot be read.';
      reader.report('malformed', 'a message that cannot be read');
      return connection.close(CloseCode.BAD_REQUEST, reason.slice(0, 120));
    }
    if (message.type === 'pong') {
      this.#isPongDue = false;
      return;
    }
    this.#waiting++;
    const handle = message;
    this.#tail = this.#tail.then(() => this.#handle(handle)).finally(() => this.#waiting--);
  }

  async #handle(message: Exclude<ClientMessage, { type: 'pong' }>): Promise<void> {
    const { reader, connection, hub } = this.#with;
    if (!connection.isOpen) return;
    switch (message.type) {
      case 'unsubscribe':
        return reader.unsubscribe(message.topics);
      case 'auth':
        return reader.authenticate(withToken(this.#handshake, message.token), message.request);
      case 'subscribe':
      case 'resume': {
        if (!reader.identity) {
          reader.report('unauthenticated', 'a subscription before auth');
          return connection.close(CloseCode.UNAUTHORIZED, 'No subject is known: send auth first.');
        }
        const claim = await reader.claim(message.topics);
        const position = message.type === 'resume' ? parsePosition(message.position) : null;
        reader.admit(claim, heldUpTo(position, hub), message.request);
        this.#hadTopic ||= reader.size > 0;
      }
    }
  }
}

function withToken(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  return new Request(request.url, { headers });
}
