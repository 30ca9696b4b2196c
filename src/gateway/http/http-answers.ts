import { CloseCode } from '../../protocol/close-codes.js';
import { EVENT_STREAM } from '../../protocol/event-stream.js';
import type { CloseMessage } from '../../protocol/server-messages.js';

const STATUS: Readonly<Record<CloseCode, number>> = {
  [CloseCode.BAD_REQUEST]: 400,
  [CloseCode.UNAUTHORIZED]: 403,
  [CloseCode.ORIGIN_REFUSED]: 403,
  [CloseCode.NO_SESSION]: 404,
  [CloseCode.UNSUPPORTED_PROTOCOL]: 406,
  [CloseCode.MESSAGE_TOO_LARGE]: 413,
  [CloseCode.INTERNAL]: 500,
  [CloseCode.GOING_AWAY]: 503,
  [CloseCode.TOO_SLOW]: 503,
  [CloseCode.NO_PONG]: 503,
  [CloseCode.TOO_MANY]: 429,
};

/** The HTTP status that corresponds to a close code. */
export function statusOf(code: CloseCode): number {
  return STATUS[code];
}

/** Headers of every answer: values are for one reader and one moment, so they are not cached. */
const UNCACHED = { 'cache-control': 'no-store, no-transform', 'x-content-type-options': 'nosniff' };

/** Headers of an event stream. */
export function streamHeaders(more: Readonly<Record<string, string>>): Record<string, string> {
  // Otherwise nginx would buffer the stream: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
  return {
    'content-type': `${EVENT_STREAM}; charset=utf-8`,
    ...UNCACHED,
    'x-accel-buffering': 'no',
    ...more,
  };
}

/** An answer to a request that gets no stream. */
export function closeResponse(
  message: CloseMessage,
  more: Readonly<Record<string, string>>,
  status = STATUS[message.code],
): Response {
  const retryAfter: Record<string, string> =
    status === 429 || status === 503
      ? { 'retry-after': `${Math.ceil((message.retryAfterMs ?? 1000) / 1000)}` }
      : {};
  return new Response(JSON.stringify(message), {
    status,
    headers: { 'content-type': 'application/json', ...UNCACHED, ...retryAfter, ...more },
  });
}

/** The answer to a browser that asks whether it may send a request with credentials. */
export function preflightResponse(more: Readonly<Record<string, string>>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...more,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, cache-control, content-type, last-event-id',
      'access-control-max-age': '600',
    },
  });
}
