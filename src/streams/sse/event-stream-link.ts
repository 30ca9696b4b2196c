import type { LinkConnection } from '../connection/link-connection.js';
import type { LinkFailure } from '../connection/link-failure.js';
import { ReconnectingLink } from '../connection/reconnecting-link.js';
import type { EventStreamRequest, SseProtocolHandler } from './sse-protocol-handler.js';

/** Longest `retry:` that is respected. */
const MAX_RETRY_MS = 300_000;

/** Keeps one event stream up. The server's `retry:` is the least wait before each reconnect. */
export class EventStreamLink extends ReconnectingLink {
  /** The request of the connection that is up or being opened. */
  request: EventStreamRequest | undefined;
  /** The protocol handler of that connection; absent before it is open. */
  handler: SseProtocolHandler | undefined;
  #retryMs: number | undefined;

  /** The server asks to wait this long before a reconnect, in ms. */
  setRetryDelay(ms: number): void {
    this.#retryMs = Math.min(ms, MAX_RETRY_MS);
  }

  override failed(connection: LinkConnection, failure: LinkFailure): void {
    super.failed(connection, { ...failure, retryAfterMs: failure.retryAfterMs ?? this.#retryMs });
  }
}
