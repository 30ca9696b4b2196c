import type { FeedStatus } from '../../protocol/feed-status.js';

/**
 * - `connecting`: there has been no connection yet; also while nothing is subscribed, since none is needed then;
 * - `live`: values arrive as they change;
 * - `stale`: connected, but the feed of the gateway is down (see `feed`): values are the last known;
 * - `reconnecting`: the connection was lost, or silent for too long, and is being restored;
 * - `offline`: the same, and the browser reports that it has no network;
 * - `unauthorized`: the gateway does not accept the token or cookie; `reconnect()` tries again;
 * - `closed`: ended by `close()`, or by the gateway for a reason that will not pass; `error` gives the reason.
 */
export type ConnectionState =
  'connecting' | 'live' | 'stale' | 'reconnecting' | 'offline' | 'unauthorized' | 'closed';

/**
 * A cause that lies in the page or between it and the gateway:
 * - `csp`: the page's Content Security Policy does not allow the address (`connect-src`);
 * - `mixed-content`: a page over HTTPS may not read from plain HTTP;
 * - `buffering`: the gateway has answered, and its values do not arrive: a proxy holds them back;
 * - `connection-limit`: no answer over HTTP/1.1, of which a browser opens six connections to a host;
 * - `storage`: the browser does not let this page meet its other tabs;
 * - `platform`: something that is needed does not exist here;
 * - `origin`: a server answers at the address, and not pages of this origin.
 */
export type FaultCause =
  'csp' | 'mixed-content' | 'buffering' | 'connection-limit' | 'storage' | 'platform' | 'origin';

/** Why there is no connection. */
export interface ConnectionFault {
  /** Close code of the protocol, of WebSocket, or HTTP status; `null` where there is none. */
  readonly code: number | null;
  /** Message for people, without secrets. */
  readonly message: string;
  /** What the page found out by itself; `null` if that is nothing. */
  readonly cause: FaultCause | null;
}

/** State of the connection to the gateway. */
export interface ConnectionSnapshot {
  readonly state: ConnectionState;
  /** Since when, ms since 1970 on this machine's clock. */
  readonly since: number;
  /** Tries since the connection was lost; 0 while there is one. */
  readonly attempt: number;
  /** When the next try begins, ms since 1970 on this machine's clock; `null` while a try is under way or none is planned. */
  readonly nextTryAt: number | null;
  /** Why there is no connection, or what is wrong with the one there is; `null` if all is well, and before the first try has failed. */
  readonly error: ConnectionFault | null;
  /** Status of the gateway's feed, as the gateway last reported it; `null` before the first report. */
  readonly feed: FeedStatus | null;
  /** Whether another tab of the same browser holds the connection for this one. */
  readonly isShared: boolean;
}
