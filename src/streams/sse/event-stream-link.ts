import type { LinkConnection, LinkFailure } from '../connection/link-connection.js';
import { ReconnectingLink } from '../connection/reconnecting-link.js';
import type { OpenRequest, SseProtocolHandler } from './sse-protocol-handler.js';

/** What a server may ask for: longer than this would be an outage by itself. */
const LONGEST_RETRY_MS = 300_000;

/** Keeps one event stream up. The server's `retry:` is the least wait before each try. */
export class EventStreamLink extends ReconnectingLink {
  /** The newest request, which the connection that is up or on its way was made from. */
  request: OpenRequest | undefined;
  /** What is spoken over that connection; absent before it is open. */
  talk: SseProtocolHandler | undefined;
  #retryMs: number | undefined;

  /** The server asks to wait this long before reconnecting. */
  askedToWait(ms: number): void {
    this.#retryMs = Math.min(ms, LONGEST_RETRY_MS);
  }

  override failed(connection: LinkConnection, failure: LinkFailure): void {
    super.failed(connection, { ...failure, retryAfterMs: failure.retryAfterMs ?? this.#retryMs });
  }
}
