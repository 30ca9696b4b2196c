import { TickmarkError } from '../../core/errors.js';
import { parseClientMessage, type ClientMessage } from '../../protocol/client-messages.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { Connection } from '../wire/connection.js';
import type { ResolvedTimes } from '../gateway-times.js';
import type { ReaderMessages } from '../readers/reader-messages.js';
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
  readonly messages: ReaderMessages;
  /** Without the tokens of `auth` messages. */
  readonly handshake: Request;
  readonly connection: Connection;
  readonly context: ReaderContext;
  readonly times: ResolvedTimes;
}

/** From so many waiting messages on, the socket is not read, if it can be paused. */
const READ_AHEAD = 8;

/** Reads the WebSocket of a reader, no faster than its messages are handled, and checks that it is alive. */
export class SocketSession {
  readonly #options: SocketSessionOptions;
  readonly #openedAt: number;
  #pingedAt: number;
  #isPongDue = false;
  #flow: SocketFlow | null = null;
  /** Reasons not to read. */
  #pauses = 0;

  constructor(options: SocketSessionOptions) {
    this.#options = options;
    this.#openedAt = this.#pingedAt = options.context.clock.monotonic();
  }

  /** Handles the messages of a socket, and before them those that have arrived already. */
  listen({ socket, early, flow }: SocketInput): void {
    this.#flow = flow;
    for (const data of early) this.#take(data);
    socket.addEventListener('message', ({ data }) => this.#take(data));
    flow?.listen({
      read: (bytes) => this.#pace(bytes),
      ping: (data) => {
        if (this.#options.messages.mayReceive()) this.#pong(data);
      },
      pong: () => void this.#options.messages.mayReceive(),
      broken: () =>
        this.#options.messages.refuse(
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
    if (!reader.hadTopic && now - this.#openedAt >= context.limits.unauthenticatedMs) {
      const reason = 'No topic was granted in time.';
      // A known reader may ask for what does not exist yet.
      if (reader.identity) {
        reader.report('limit', 'unauthenticatedMs');
        return connection.close(CloseCode.UNAUTHORIZED, reason);
      }
      return this.#options.messages.refuse('limit', 'unauthenticatedMs', CloseCode.UNAUTHORIZED, reason);
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
    const { context, messages, handshake } = this.#options;
    const { messageLength } = context.limits;
    if (!messages.mayReceive()) return;
    if (typeof data !== 'string') {
      return this.#options.messages.refuse(
        'malformed',
        'a binary message',
        CloseCode.BAD_REQUEST,
        'Messages are text frames.',
      );
    }
    if (data.length > messageLength) {
      const reason = `A message has ${messageLength} characters at most.`;
      return this.#options.messages.refuse('limit', 'messageLength', CloseCode.MESSAGE_TOO_LARGE, reason);
    }
    let message: ClientMessage;
    try {
      message = parseClientMessage(data);
    } catch (error) {
      // The message of such an error names the field and what is accepted. It quotes at most a few escaped characters.
      const reason = error instanceof TickmarkError ? error.message : 'The message cannot be read.';
      return this.#options.messages.refuse(
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
    const handled = messages.take(message, handshake);
    if (messages.waiting === READ_AHEAD) this.#pauseUntil(handled);
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
}
