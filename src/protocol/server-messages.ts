import type { CloseCode } from './close-codes.js';
import type { StreamPosition } from './stream-position.js';
import type { Topic } from './topic.js';
import type { Values } from './values.js';
import type { FeedStatus } from './feed-status.js';

/** Version of the protocol, in `welcome`. */
export const PROTOCOL_VERSION = 1;

/** The WebSocket subprotocol that a client offers. */
export const SUBPROTOCOL = 'tickmark.v1';

/** The first message on every connection. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly protocol: typeof PROTOCOL_VERSION;
  /** Names this life of this gateway. A position of another epoch cannot be resumed. */
  readonly epoch: string;
  readonly serverTime: number;
  /** At least one message arrives in each interval of this length, ms. Without one for twice as long, the connection is dead. 0: not guaranteed. */
  readonly heartbeatMs: number;
  /** Who the reader is; `null` until an `auth` message says so. */
  readonly subject: string | null;
  /** Event streams only: names this stream, in a POST that changes it. A secret of its reader. */
  readonly session?: string;
  readonly status: FeedStatus;
}

/** A topic that is subscribed to from now on. */
export interface GrantedTopic {
  readonly topic: Topic;
  /** Whether nothing was missed since the given position: then a value comes only if it has changed since. `false` without a position. */
  readonly recovered: boolean;
  /** When the authorization is checked again, ms since 1970 on the server's clock; `null`: never by itself. */
  readonly expiresAt: number | null;
}

/**
 * Why a topic was not granted:
 * - `denied`: the topic does not exist, or this reader may not see it; the answer does not say which. Stop;
 * - `unsupported`: this gateway has no rows, or serves no prices. Stop;
 * - `limit`: too many topics, or a value that is too large for a connection. Stop;
 * - `busy`: the authorization or the source did not answer. Retry.
 */
export type RefusalReason = 'denied' | 'unsupported' | 'limit' | 'busy';

/** A topic that was not granted. */
export interface RefusedTopic {
  readonly topic: Topic;
  readonly reason: RefusalReason;
}

/**
 * The answer to a subscription. It contains the values of the granted topics. If they are too large for one message, the rest follows in
 * `update` messages, and the last one has the `position`.
 */
export interface SnapshotMessage extends Values {
  readonly type: 'snapshot';
  /** `request` of the message that is answered. */
  readonly request?: number;
  readonly serverTime: number;
  /** Position of the reader once it has this message. Absent while values of topics of this connection are still to come. */
  readonly position?: StreamPosition;
  /** Whether a position was given and every granted topic was recovered from it. */
  readonly recovered: boolean;
  readonly granted: readonly GrantedTopic[];
  readonly refused: readonly RefusedTopic[];
}

/** Changed values: the newest one of each topic. Values in between are not sent. */
export interface UpdateMessage extends Values {
  readonly type: 'update';
  readonly serverTime: number;
  /** Position of the reader once it has this message. Absent while more values of the same moment are to come. */
  readonly position?: StreamPosition;
}

/**
 * Why a topic has ended:
 * - `removed`: the portfolio was deleted;
 * - `expired`: the authorization has expired and was not renewed. New credentials are needed;
 * - `revoked`: the authorization was revoked;
 * - `limit`: its value has become too large for a connection;
 * - `busy`: the authorization or the source did not answer. Retry.
 */
export type EndReason = 'removed' | 'expired' | 'revoked' | 'limit' | 'busy';

/** The gateway has ended subscriptions. Nothing more of these topics follows. */
export interface EndedMessage {
  readonly type: 'ended';
  readonly serverTime: number;
  readonly topics: readonly Topic[];
  readonly reason: EndReason;
}

/** WebSocket only: the answer to `auth`, after every subscription was checked again with the new credentials. */
export interface AuthenticatedMessage {
  readonly type: 'authenticated';
  readonly request?: number;
  readonly serverTime: number;
  /** Who the reader is, until the end of the connection. */
  readonly subject: string;
  /** Topics that are still subscribed to. An earlier `ended` message names the others. */
  readonly granted: readonly GrantedTopic[];
}

/** Sent when nothing else was sent for `heartbeatMs`. */
export interface HeartbeatMessage {
  readonly type: 'heartbeat';
  readonly serverTime: number;
}

/** WebSocket only: the client answers with `pong`. */
export interface PingMessage {
  readonly type: 'ping';
  readonly serverTime: number;
}

/** The last message on a connection that the gateway ends; also the JSON body of an HTTP error. */
export interface CloseMessage {
  readonly type: 'close';
  readonly serverTime: number;
  readonly code: CloseCode;
  /** A reason for people to read. Do not branch on it. */
  readonly reason: string;
  /** Whether to retry. */
  readonly retry: boolean;
  /** The least time to wait before a retry, ms; `null`: the reader's own backoff decides. */
  readonly retryAfterMs: number | null;
  /** After a GET that was granted nothing: which topics were refused, and why. */
  readonly refused?: readonly RefusedTopic[];
}

/** A message of a gateway. */
export type ServerMessage =
  | WelcomeMessage
  | SnapshotMessage
  | UpdateMessage
  | EndedMessage
  | AuthenticatedMessage
  | HeartbeatMessage
  | PingMessage
  | CloseMessage;

/**
 * Parses a message of a gateway; `null` for a string that is not a message. Ignore messages of unknown types: a later version of the
 * gateway may send more of them. Fields are not checked one by one, because the client trusts its gateway.
 */
export function parseServerMessage(text: string): ServerMessage | null {
  try {
    const message = JSON.parse(text) as ServerMessage | null;
    return typeof message?.serverTime === 'number' ? message : null;
  } catch {
    return null;
  }
}
