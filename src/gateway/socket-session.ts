import { TickmarkError } from '../core/errors.js';
import { parseClientMessage, type ClientMessage } from '../protocol/client-messages.js';
import { CloseCode } from '../protocol/close-codes.js';
import { parsePosition } from '../protocol/stream-position.js';
import type { Connection } from './connection.js';
import type { SetTimes } from './gateway-options.js';
import type { SecurityEventType } from './security-events.js';
import { RateLimit } from './rate-limit.js';
import { heldUpTo } from './held-of.js';
import type { Hub, Reader } from './reader.js';
import type { Spoken } from './sessions.js';
import type { SocketFlow } from './socket-flow.js';
import { WorkCost } from './work-scheduler.js';

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
/** From so many on nothing more is read, where that can be helped. */
const READ_AHEAD = 8;

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
  #flow: SocketFlow | null = null;
  /** Reasons not to read. */
  #pauses = 0;

  constructor(options: SocketSessionOptions) {
    this.#with = options;
    const { clock, limits } = options.hub;
    const now = clock.monotonic();
    this.#openedAt = this.#pingedAt = now;
    this.#rate = new RateLimit(limits.messagesPerSecond, now);
    this.#handshake = options.handshake;
  }

  /** Takes what the socket says, and first what it has said already. */
  listen({ socket, early, flow }: Spoken): void {
    this.#flow = flow;
    for (const data of early) this.#take(data);
    socket.addEventListener('message', ({ data }) => this.#take(data));
    flow?.listen({
      read: (bytes) => this.#pace(bytes),
      ping: (data) => {
        if (this.#maySpeak()) this.#pong(data);
      },
      pong: () => void this.#maySpeak(),
      broken: () =>
        this.#refuse(
          'malformed',
          'a frame that cannot be read',
          CloseCode.BAD_REQUEST,
          'The frame cannot be read.',
        ),
    });
  }

  /** Looks after deadlines. */
  tick(now: number): void {
    const { connection, hub, times, reader } = this.#with;
    this.#hadTopic ||= reader.size > 0;
    if (!this.#hadTopic && now - this.#openedAt >= hub.limits.unauthenticatedMs) {
      const reason = 'No topic was granted in time.';
      return this.#refuse('limit', 'unauthenticatedMs', CloseCode.UNAUTHORIZED, reason);
    }
    // A pong that we do not read is not missing.
    if (this.#pauses > 0) this.#pingedAt = now;
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
    const { hub } = this.#with;
    const { messageLength } = hub.limits;
    if (!this.#maySpeak()) return;
    if (typeof data !== 'string') {
      return this.#refuse(
        'malformed',
        'a binary message',
        CloseCode.BAD_REQUEST,
        'Messages are text frames.',
      );
    }
    if (data.length > messageLength) {
      const reason = `A message has ${messageLength} characters at most.`;
      return this.#refuse('limit', 'messageLength', CloseCode.MESSAGE_TOO_LARGE, reason);
    }
    let message: ClientMessage;
    try {
      message = parseClientMessage(data);
    } catch (error) {
      // Such an error names the field and what is accepted, and quotes little of what was given, escaped.
      const reason = error instanceof TickmarkError ? error.message : 'The message cannot be read.';
      return this.#refuse(
        'malformed',
        'a message that cannot be read',
        CloseCode.BAD_REQUEST,
        reason.slice(0, 120),
      );
    }
    if (message.type === 'pong') {
      this.#isPongDue = false;
      return;
    }
    this.#waiting++;
    const handle = message;
    this.#tail = this.#tail.then(() => this.#handle(handle)).finally(() => this.#waiting--);
    if (this.#waiting === READ_AHEAD) this.#pauseUntil(this.#tail);
  }

  /** Whether one more message or control frame is taken; one too many ends the connection. */
  #maySpeak(): boolean {
    const { connection, hub } = this.#with;
    if (!connection.isOpen) return false;
    if (this.#rate.take(hub.clock.monotonic()) && this.#waiting < MOST_WAITING) return true;
    this.#refuse('limit', 'messagesPerSecond', CloseCode.TOO_MANY, 'Too many messages.', 1000);
    return false;
  }

  /** Ends the connection of a reader that breaks a rule. */
  #refuse(
    type: SecurityEventType,
    detail: string,
    code: CloseCode,
    reason: string,
    retryAfterMs: number | null = null,
  ): void {
    const { connection, reader } = this.#with;
    if (!connection.isOpen) return;
    reader.violated(type, detail);
    connection.close(code, reason, retryAfterMs);
  }

  // Nobody who does not read what is sent gets a pong, and at most one is owed (RFC 6455, 5.5.3).
  #pong(data: Uint8Array): void {
    const { connection, hub } = this.#with;
    if (connection.outlet.buffered <= hub.limits.highWaterBytes) this.#flow!.pong(data);
  }

  /** Reads on when the scheduler lets it. */
  #pace(bytes: number): void {
    const { scheduler } = this.#with.hub;
    const turn = scheduler.take(WorkCost.read(bytes), this.#with.reader.network);
    if (turn) this.#pauseUntil(turn);
  }

  #pauseUntil(ready: Promise<unknown>): void {
    if (!this.#flow) return;
    if (this.#pauses++ === 0) this.#flow.pause();
    void ready.then(() => {
      if (--this.#pauses === 0) this.#flow!.resume();
    });
  }

  async #turn(cost: number): Promise<void> {
    await this.#with.hub.scheduler.take(cost, this.#with.reader.network);
  }

  async #handle(message: Exclude<ClientMessage, { type: 'pong' }>): Promise<void> {
    const { reader, connection, hub } = this.#with;
    if (!connection.isOpen) return;
    switch (message.type) {
      case 'unsubscribe':
        await this.#turn(WorkCost.topic * message.topics.length);
        return reader.unsubscribe(message.topics);
      case 'auth':
        await this.#turn(WorkCost.credentials);
        return reader.authenticate(withToken(this.#handshake, message.token), message.request);
      case 'subscribe':
      case 'resume': {
        if (!reader.identity) {
          const reason = 'No subject is known: send auth first.';
          return this.#refuse(
            'unauthenticated',
            'a subscription before auth',
            CloseCode.UNAUTHORIZED,
            reason,
          );
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
