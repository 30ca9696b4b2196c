import { TickmarkError } from '../../core/errors.js';
import { parseClientMessage, type ClientMessage } from '../../protocol/client-messages.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { parsePosition } from '../../protocol/stream-position.js';
import type { Connection } from '../wire/connection.js';
import type { ResolvedTimes } from '../gateway-times.js';
import type { SecurityEventType } from '../admission/security-events.js';
import { RateLimit } from '../admission/rate-limit.js';
import { resumeOffset } from '../readers/resume-offset.js';
import type { Reader } from '../readers/reader.js';
import type { ReaderContext } from '../readers/reader-context.js';
import type { GatewaySocket } from './web-socket-sink.js';
import type { SocketFlow } from './socket-flow.js';
import { WorkCost } from '../admission/work-scheduler.js';

/** The WebSocket of a reader, how it is read, and messages that have arrived already. */
export interface SocketInput {
  readonly socket: GatewaySocket;
  readonly flow: SocketFlow | null;
  readonly early: readonly unknown[];
}

/** What a {@link SocketSession} works with. */
export interface SocketSessionOptions {
  readonly reader: Reader;
  /** Without the tokens of `auth` messages. */
  readonly handshake: Request;
  readonly connection: Connection;
  readonly context: ReaderContext;
  readonly times: ResolvedTimes;
}

/** Messages that may wait to be handled. A reader that sends more does not wait for answers. */
const MAX_WAITING = 64;
/** From so many waiting messages on, the socket is not read, if it can be paused. */
const READ_AHEAD = 8;

/** Handles the messages of a reader over a WebSocket, one after the other. */
export class SocketSession {
  readonly #options: SocketSessionOptions;
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
    this.#options = options;
    const { clock, limits } = options.context;
    const now = clock.monotonic();
    this.#openedAt = this.#pingedAt = now;
    this.#rate = new RateLimit(limits.messagesPerSecond, now);
    this.#handshake = options.handshake;
  }

  /** Handles the messages of a socket, and before them those that have arrived already. */
  listen({ socket, early, flow }: SocketInput): void {
    this.#flow = flow;
    for (const data of early) this.#take(data);
    socket.addEventListener('message', ({ data }) => this.#take(data));
    flow?.listen({
      read: (bytes) => this.#pace(bytes),
      ping: (data) => {
        if (this.#mayReceive()) this.#pong(data);
      },
      pong: () => void this.#mayReceive(),
      broken: () =>
        this.#refuse(
          'malformed',
          'a frame that cannot be read',
          CloseCode.BAD_REQUEST,
          'The frame cannot be read.',
        ),
    });
  }

  /** Checks deadlines, and sends pings. @param now On the monotonic clock. */
  tick(now: number): void {
    const { connection, context, times, reader } = this.#options;
    this.#hadTopic ||= reader.size > 0;
    if (!this.#hadTopic && now - this.#openedAt >= context.limits.unauthenticatedMs) {
      const reason = 'No topic was granted in time.';
      return this.#refuse('limit', 'unauthenticatedMs', CloseCode.UNAUTHORIZED, reason);
    }
    // While the socket is not read, a pong cannot arrive.
    if (this.#pauses > 0) this.#pingedAt = now;
    if (this.#isPongDue && now - this.#pingedAt >= times.pongMs) {
      return connection.close(CloseCode.NO_PONG, 'No pong arrived in time.');
    }
    if (!this.#isPongDue && now - this.#pingedAt >= times.keepAliveMs) {
      this.#isPongDue = true;
      this.#pingedAt = now;
      connection.send(`{"type":"ping","serverTime":${context.clock.now()}}`);
    }
  }

  #take(data: unknown): void {
    const { context } = this.#options;
    const { messageLength } = context.limits;
    if (!this.#mayReceive()) return;
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
      // The message of such an error names the field and what is accepted. It quotes at most a few escaped characters.
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

  /** Whether one more message or control frame is accepted. One too many ends the connection. */
  #mayReceive(): boolean {
    const { connection, context } = this.#options;
    if (!connection.isOpen) return false;
    if (this.#rate.take(context.clock.monotonic()) && this.#waiting < MAX_WAITING) return true;
    this.#refuse('limit', 'messagesPerSecond', CloseCode.TOO_MANY, 'Too many messages.', 1000);
    return false;
  }

  /** Ends the connection of a reader that has broken a rule. */
  #refuse(
    type: SecurityEventType,
    detail: string,
    code: CloseCode,
    reason: string,
    retryAfterMs: number | null = null,
  ): void {
    const { connection, reader } = this.#options;
    if (!connection.isOpen) return;
    reader.recordViolation(type, detail);
    connection.close(code, reason, retryAfterMs);
  }

  // A reader that does not read what it is sent gets no pong. RFC 6455, 5.5.3 requires one for the newest ping only.
  #pong(data: Uint8Array): void {
    const { connection, context } = this.#options;
    if (connection.sink.buffered <= context.limits.highWaterBytes) this.#flow!.pong(data);
  }

  /** Pauses reading until the scheduler has a turn for what was read. */
  #pace(bytes: number): void {
    const { scheduler } = this.#options.context;
    const turn = scheduler.take(WorkCost.read(bytes), this.#options.reader.network);
    if (turn) this.#pauseUntil(turn);
  }

  #pauseUntil(ready: Promise<unknown>): void {
    if (!this.#flow) return;
    if (this.#pauses++ === 0) this.#flow.pause();
    void ready.then(() => {
      if (--this.#pauses === 0) this.#flow!.resume();
    });
  }

  async #waitForTurn(cost: number): Promise<void> {
    await this.#options.context.scheduler.take(cost, this.#options.reader.network);
  }

  async #handle(message: Exclude<ClientMessage, { type: 'pong' }>): Promise<void> {
    const { reader, connection, context } = this.#options;
    if (!connection.isOpen) return;
    switch (message.type) {
      case 'unsubscribe':
        await this.#waitForTurn(WorkCost.topic * message.topics.length);
        return reader.unsubscribe(message.topics);
      case 'auth':
        await this.#waitForTurn(WorkCost.credentials);
        return reader.authenticate(withToken(this.#handshake, message.token), message.request);
      case 'subscribe':
      case 'resume': {
        if (!reader.identity) {
          const reason = 'The subject is unknown: send auth first.';
          return this.#refuse(
            'unauthenticated',
            'a subscription before auth',
            CloseCode.UNAUTHORIZED,
            reason,
          );
        }
        const pending = await reader.requestTopics(message.topics);
        const position = message.type === 'resume' ? parsePosition(message.position) : null;
        reader.admit(pending, resumeOffset(position, context), message.request);
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
