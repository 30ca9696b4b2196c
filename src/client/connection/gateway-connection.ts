import type { ConnectionFault, FaultCause } from './connection-snapshot.js';
import type { CloseCode } from '../../protocol/close-codes.js';
import type { CloseMessage, RefusedTopic, ServerMessage } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';

/** Close code of a gateway that does not accept the token or cookie: another token may help. */
export const UNAUTHORIZED: typeof CloseCode.UNAUTHORIZED = 4401;

/** The request that opens a connection. */
export interface ConnectionRequest {
  /** Bearer token; `null` for none. It is sent in a header or a message, never in the address. */
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
  /** What the page found out by itself. Default: nothing. */
  readonly cause?: FaultCause | null;
  /** Whether a retry may help. */
  readonly retry: boolean;
  /** Least wait before a retry, ms; `null` if the gateway asked for none. */
  readonly retryAfterMs: number | null;
  /** Topics that the gateway refused. */
  readonly refused: readonly RefusedTopic[];
}

/** Receives the events of a connection; after `close()` they are ignored. */
export interface ConnectionEvents {
  message(message: ServerMessage): void;
  /** A sign of life came that is not a message. */
  alive(): void;
  /** The server has answered; its first message is still to come. */
  answered?(): void;
  /** The last change, or the token, did not arrive, and `change` and `authenticate` are gone: from now on they take a new connection. */
  unchangeable?(): void;
  /** The connection has ended, whether or not it was ever open. This is the last event. */
  ended(end: ConnectionEnd): void;
}

/** One connection to a gateway, opening or open. */
export interface GatewayConnection {
  /** Adds and removes topics. Absent while that takes a new connection. */
  change?: ((added: readonly Topic[], removed: readonly Topic[]) => void) | undefined;
  /** Sends a newer token. The gateway answers `authenticated`. Absent while that takes a new connection. */
  authenticate?: ((token: string) => void) | undefined;
  /** Closes at once. */
  close(): void;
}

/** Opens a connection. Must not throw: it reports failures by `ended()`. */
export type Connect = (request: ConnectionRequest, events: ConnectionEvents) => GatewayConnection;

/** A way to connect: takes the gateway's address and returns a function that opens connections. */
export type GatewayTransport = (url: string) => Connect;

/** An end without a known reason: a retry may help. */
export function connectionLost(
  message: string,
  code: number | null = null,
  cause: FaultCause | null = null,
): ConnectionEnd {
  return { code, message, cause, retry: true, retryAfterMs: null, refused: [] };
}

/** An end that no retry mends. */
export function connectionImpossible(message: string, cause: FaultCause | null = 'platform'): ConnectionEnd {
  return { ...connectionLost(message, null, cause), retry: false };
}

/** An end by something between the page and the gateway. Who lists the origin of a page need not reload it. */
export function obstructed({ message, cause }: Omit<ConnectionFault, 'code'>): ConnectionEnd {
  return { ...connectionLost(message, null, cause), retry: cause === 'origin' };
}

/** An end because an authorization is missing or has expired. */
export function unauthorized(message: string): ConnectionEnd {
  return { ...connectionLost(message, UNAUTHORIZED), retry: false };
}

/** The end that a gateway announces by a close message. */
export function endOf({
  code,
  reason: message,
  retry,
  retryAfterMs,
  refused = [],
}: CloseMessage): ConnectionEnd {
  return { code, message, retry, retryAfterMs, refused };
}
