import type { CloseCode } from './close-codes.js';
import type { StreamPosition } from './stream-position.js';
import type { Topic } from './topic.js';
import type { FeedStatus, Values } from './values.js';

/** Version of the protocol, in `welcome`. */
export const PROTOCOL_VERSION = 1;

/** Name to offer as the WebSocket subprotocol. */
export const SUBPROTOCOL = 'tickmark.v1';

/** The first message on every connection. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly protocol: typeof PROTOCOL_VERSION;
  /** Names this life of this gateway: a position of another epoch cannot be resumed. */
  readonly epoch: string;
  readonly serverTime: number;
  /** At least one message comes in each such time, ms; without one for twice as long the connection is dead. 0: not promised. */
  readonly heartbeatMs: number;
  /** Who the reader is; `null` until an `auth` message says so. */
  readonly subject: string | null;
  readonly status: FeedStatus;
}

/** A topic that is subscribed to from now on. */
export interface GrantedTopic {
  readonly topic: Topic;
  /** Whether nothing was missed since the position given: no value comes unless it has changed since. `false` without a position. */
  readonly recovered: boolean;
  /** When the authorization is checked again, ms since 1970 on the server's clock; `null`: never by itself. */
  readonly expiresAt: number | null;
}

/**
 * Why a topic was not granted:
 * - `denied`: there is no such thing, or not for this reader; which of the two is not told. Stop;
 * - `unsupported`: this gateway has no rows, or serves no prices. Stop;
 * - `limit`: more topics than allowed, or a value larger than a connection may be sent. Stop;
 * - `busy`: the authorization or the source did not answer. Try again.
 */
export type RefusalReason = 'denied' | 'unsupported' | 'limit' | 'busy';

/** A topic that was not granted. */
export interface RefusedTopic {
  readonly topic: Topic;
  readonly reason: RefusalReason;
}

/**
 * The answer to a subscription. Values of the granted topics are in it, or follow in `update` messages when they are too large
 * for one; with the last of them comes `position`.
 */
export interface SnapshotMessage extends Values {
  readonly type: 'snapshot';
  /** `request` of the message that is answered. */
  readonly request?: number;
  readonly serverTime: number;
  /** Where the reader is once it has taken this in; left out while values of topics granted on this connection are still to come. */
  readonly position?: StreamPosition;
  /** Whether a position was given and every granted topic was recovered from it. */
  readonly recovered: boolean;
  readonly granted: readonly GrantedTopic[];
  readonly refused: readonly RefusedTopic[];
}

/** Values that have changed: the newest of each topic. What came between is not told. */
export interface UpdateMessage extends Values {
  readonly type: 'update';
  readonly serverTime: number;
  /** Where the reader is once it has taken this in; left out while more of the same moment is to come. */
  readonly position?: StreamPosition;
}

/**
 * Why a topic has ended:
 * - `removed`: the portfolio was deleted;
 * - `expired`: the authorization has run out and was not given again. New credentials are needed;
 * - `revoked`: the authorization was taken back;
 * - `limit`: its value has grown larger than a connection may be sent;
 * - `busy`: the authorization or the source did not answer. Try again.
 */
export type EndReason = 'removed' | 'expired' | 'revoked' | 'limit' | 'busy';

/** Topics that are subscribed to no longer, by the gateway's decision. Nothing of them follows. */
export interface EndedMessage {
  readonly type: 'ended';
  readonly serverTime: number;
  readonly topics: readonly Topic[];
  readonly reason: EndReason;
}

/** WebSocket only: the answer to `auth`, after everything subscribed to was checked again with it. */
export interface AuthenticatedMessage {
  readonly type: 'authenticated';
  readonly request?: number;
  readonly serverTime: number;
  /** Who the reader is, from now on to the end of the connection. */
  readonly subject: string;
  /** Topics that are still subscribed to. Those that are not came in an `ended` message before. */
  readonly granted: readonly GrantedTopic[];
}

/** Sent when nothing else was for `heartbeatMs`. */
export interface HeartbeatMessage {
  readonly type: 'heartbeat';
  readonly serverTime: number;
}

/** WebSocket only: to be answered with `pong`. */
export interface PingMessage {
  readonly type: 'ping';
  readonly serverTime: number;
}

/** The last message on a connection that the gateway ends; also the JSON body of an HTTP error. */
export interface CloseMessage {
  readonly type: 'close';
  readonly serverTime: number;
  readonly code: CloseCode;
  /** A text for people. Not to be branched on. */
  readonly reason: string;
  /** Whether to try again. */
  readonly retry: boolean;
  /** The least time to wait before that, ms; `null`: as the reader's backoff says. */
  readonly retryAfterMs: number | null;
  /** Of a GET that was granted nothing: what was refused, and why. */
  readonly refused?: readonly RefusedTopic[];
}

/** What a gateway sends. */
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
 * A message as its text. `null` for a text that is no message. One of a type that this version does not know is for the reader to
 * leave out, so that a later gateway may say more. Of a gateway that is trusted, so that fields are not checked one by one.
 */
export function parseServerMessage(text: string): ServerMessage | null {
  try {
    const message = JSON.parse(text) as ServerMessage | null;
    return typeof message?.serverTime === 'number' ? message : null;
  } catch {
    return null;
  }
}
