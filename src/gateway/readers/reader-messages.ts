import type { ClientMessage } from '../../protocol/client-messages.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { parsePosition } from '../../protocol/stream-position.js';
import { RateLimit } from '../admission/rate-limit.js';
import type { SecurityEventType } from '../admission/security-events.js';
import { WorkCost } from '../admission/work-scheduler.js';
import type { Connection } from '../wire/connection.js';
import type { ReaderContext } from './reader-context.js';
import type { Reader } from './reader.js';
import { resumeOffset } from './resume-offset.js';

/** What {@link ReaderMessages} work with. */
export interface ReaderMessagesOptions {
  readonly reader: Reader;
  readonly connection: Connection;
  readonly context: ReaderContext;
}

/** A message to handle. */
export type HandledMessage = Exclude<ClientMessage, { type: 'pong' }>;

/** Messages that may wait to be handled. A reader that sends more does not wait for answers. */
const MAX_WAITING = 64;

/** Handles what a reader sends, over a WebSocket or by POST: one message after the other, and not too many. */
export class ReaderMessages {
  readonly #options: ReaderMessagesOptions;
  readonly #rate: RateLimit;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: ReaderMessagesOptions) {
    this.#options = options;
    const { clock, limits } = options.context;
    this.#rate = new RateLimit(limits.messagesPerSecond, clock.monotonic());
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether one more message is accepted. One too many ends the connection. */
  mayReceive(): boolean {
    const { connection, context } = this.#options;
    if (!connection.isOpen) return false;
    if (this.#rate.take(context.clock.monotonic()) && this.#waiting < MAX_WAITING) return true;
    this.refuse('limit', 'messagesPerSecond', CloseCode.TOO_MANY, 'Too many messages.', 1000);
    return false;
  }

  /**
   * Handles a message after those before it.
   * @param carrier The request that a token of `auth` belongs to.
   * @returns A promise that resolves when it was handled.
   */
  take(message: HandledMessage, carrier: Request): Promise<void> {
    this.#waiting++;
    this.#tail = this.#tail.then(() => this.#handle(message, carrier)).finally(() => this.#waiting--);
    return this.#tail;
  }

  /** Ends the connection of a reader that has broken a rule. */
  refuse(
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

  async #waitForTurn(cost: number): Promise<void> {
    await this.#options.context.scheduler.take(cost, this.#options.reader.network);
  }

  async #handle(message: HandledMessage, carrier: Request): Promise<void> {
    const { reader, connection, context } = this.#options;
    if (!connection.isOpen) return;
    switch (message.type) {
      case 'unsubscribe':
        await this.#waitForTurn(WorkCost.topic * message.topics.length);
        return reader.unsubscribe(message.topics);
      case 'auth':
        await this.#waitForTurn(WorkCost.credentials);
        return reader.authenticate(withToken(carrier, message.token), message.request);
      case 'subscribe':
      case 'resume': {
        if (!reader.identity) {
          const reason = 'The subject is unknown: send auth first.';
          return this.refuse('unauthenticated', 'a subscription before auth', CloseCode.UNAUTHORIZED, reason);
        }
        const pending = await reader.requestTopics(message.topics);
        const position = message.type === 'resume' ? parsePosition(message.position) : null;
        reader.admit(pending, resumeOffset(position, context), message.request);
      }
    }
  }
}

function withToken(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  return new Request(request.url, { headers });
}
