import type { CloseCode } from '../../protocol/close-codes.js';
import type { CloseMessage, RefusedTopic, ServerMessage } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';

/** Code of an end that another token may mend. */
export const UNAUTHORIZED: typeof CloseCode.UNAUTHORIZED = 4401;

/** What a connection is to bring. */
export interface ConnectionRequest {
  /** Bearer token; `null` for none. Goes into a header or a message, never into the address. */
  readonly token: string | null;
  /** Topics whose values are known up to `position`. */
  readonly held: readonly Topic[];
  readonly position: StreamPosition | null;
  /** Topics whose values are not known yet. */
  readonly added: readonly Topic[];
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** Close code of the protocol or of WebSocket, or HTTP status; `null` where there is none. */
  readonly code: number | null;
  /** What happened, for people, without secrets. */
  readonly message: string;
  /** Whether trying again may help. */
  readonly retry: boolean;
  /** Least time before that, ms; `null` where nothing was asked. */
  readonly retryAfterMs: number | null;
  /** Topics that were refused with it. */
  readonly refused: readonly RefusedTopic[];
}

/** What a connection tells. Nobody listens any more after `close()`. */
export interface ConnectionEvents {
  message(message: ServerMessage): void;
  /** Something has come that is no message. */
  alive(): void;
  /** The connection is over, whether or not it was ever open. The last call. */
  ended(end: ConnectionEnd): void;
}

/** One connection to a gateway, under way or open. */
export interface GatewayConnection {
  /** Changes what it brings; absent where that takes another connection. */
  change?(added: readonly Topic[], removed: readonly Topic[]): void;
  /** Lets go at once. */
  close(): void;
}

/** Makes connections. Must not throw: what goes wrong is told by `ended()`. */
export type Connect = (request: ConnectionRequest, events: ConnectionEvents) => GatewayConnection;

/** A way to connect: given the gateway's address, it makes connections. */
export type GatewayTransport = (url: string) => Connect;

/** An end of which nothing is known but that it came. */
export function connectionLost(message: string, code: number | null = null): ConnectionEnd {
  return { code, message, retry: true, retryAfterMs: null, refused: [] };
}

/** An end for want of an authorization. */
export function unauthorized(message: string): ConnectionEnd {
  return { ...connectionLost(message, UNAUTHORIZED), retry: false };
}

/** The end that a gateway announces. */
export function endOf({
  code,
  reason: message,
  retry,
  retryAfterMs,
  refused = [],
}: CloseMessage): ConnectionEnd {
  return { code, message, retry, retryAfterMs, refused };
}
