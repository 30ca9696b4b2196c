/**
 * Why a connection was ended: the close code of a WebSocket, and `code` of a `close` message. 44xx: the same try would fail again,
 * so stop. 45xx: try again, with backoff and jitter.
 */
export const CloseCode = {
  /** A message or query that cannot be read, or that this side may not send. Stop. */
  BAD_REQUEST: 4400,
  /** Nothing was granted, within time or at all; or everything granted has expired or was revoked. Stop until there are new credentials. */
  UNAUTHORIZED: 4401,
  /** The page's origin is not allowed. Stop. */
  ORIGIN_REFUSED: 4403,
  /** The protocol version is not spoken here. Stop. */
  UNSUPPORTED_PROTOCOL: 4406,
  /** A message longer than the gateway takes. Stop. */
  MESSAGE_TOO_LARGE: 4413,
  /** The gateway failed. Retry. */
  INTERNAL: 4500,
  /** The gateway is going away: a restart, a deployment. Retry. */
  GOING_AWAY: 4503,
  /** The reader is too slow: what was sent did not leave in time. Retry, and resume. */
  TOO_SLOW: 4508,
  /** A ping was not answered in time. Retry, and resume. */
  NO_PONG: 4509,
  /** Too many connections, topics or messages. Retry, no earlier than `retryAfterMs`. */
  TOO_MANY: 4529,
} as const;

/** One of {@link CloseCode}. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** Whether a connection that ended with this code is to be opened again. Any code but 44xx is, those of the network included. */
export function mayRetry(code: number): boolean {
  return code < 4400 || code >= 4500;
}
