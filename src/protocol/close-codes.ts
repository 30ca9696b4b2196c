/**
 * Why a connection was ended: the close code of a WebSocket, and `code` of a `close` message. 44xx: the same request would fail again,
 * so stop. 45xx: retry, with backoff and jitter.
 *
 * @example
 * ```ts
 * import { CloseCode } from 'tickmark/protocol';
 *
 * const socket = new WebSocket('wss://example.com/live', 'tickmark.v1');
 * socket.addEventListener('close', ({ code }) => {
 *   if (code === CloseCode.UNAUTHORIZED) console.log('Sign in again.');
 * });
 * ```
 */
export const CloseCode = {
  /** A message or query cannot be read, or this side may not send it. Stop. */
  BAD_REQUEST: 4400,
  /** Nothing was granted at all or in time, or every grant has expired or was revoked. Stop until there are new credentials. */
  UNAUTHORIZED: 4401,
  /** The origin is not allowed, or the `Origin` header is missing. Stop. */
  ORIGIN_REFUSED: 4403,
  /** A change of an event stream that is not open at this gateway. Open another stream. */
  NO_SESSION: 4404,
  /** The gateway does not support the protocol version. Stop. */
  UNSUPPORTED_PROTOCOL: 4406,
  /** A message is longer than the gateway accepts. Stop. */
  MESSAGE_TOO_LARGE: 4413,
  /** The gateway failed. Retry. */
  INTERNAL: 4500,
  /** The gateway is going away, because of a restart or a deployment. Retry. */
  GOING_AWAY: 4503,
  /** The reader is too slow: sent data did not leave in time. Retry, and resume. */
  TOO_SLOW: 4508,
  /** A ping was not answered in time. Retry, and resume. */
  NO_PONG: 4509,
  /** Too many connections, topics or messages. Retry, no earlier than `retryAfterMs`. */
  TOO_MANY: 4529,
} as const;

/** One of {@link CloseCode}. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * Whether to reconnect after a connection has ended with this code. `false` for 44xx only; `true` for all other codes, including those of
 * the network.
 *
 * @example
 * ```ts
 * import { CloseCode, mayRetry } from 'tickmark/gateway';
 *
 * console.log(mayRetry(CloseCode.GOING_AWAY)); // true
 * console.log(mayRetry(CloseCode.ORIGIN_REFUSED)); // false
 * ```
 */
export function mayRetry(code: number): boolean {
  return code < 4400 || code >= 4500;
}
