import { mayRetry, type CloseCode } from '../../protocol/close-codes.js';
import type { CloseMessage } from '../../protocol/server-messages.js';

/** How long a connection that is ended or refused may take to close before it is cut, ms. */
export const CLOSE_TIMEOUT_MS = 1000;

/** A `close` message. */
export function closeMessage(
  serverTime: number,
  code: CloseCode,
  reason: string,
  retryAfterMs: number | null = null,
): CloseMessage {
  return { type: 'close', serverTime, code, reason, retry: mayRetry(code), retryAfterMs };
}
