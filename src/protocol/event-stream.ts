import type { ClientMessage } from './client-messages.js';
import type { StreamPosition } from './stream-position.js';
import type { Topic } from './topic.js';

/** Query parameter of an event stream: a topic. May be repeated. With a position: a topic whose value the reader has up to the position. */
export const TOPIC_PARAMETER = 'topic';

/** Query parameter: a topic whose value the reader does not have yet. May be repeated. Only with a position. */
export const ADDED_PARAMETER = 'added';

/** Query parameter: the position to resume from, if there is no `Last-Event-ID`. */
export const POSITION_PARAMETER = 'position';

/** Media type of server-sent events. */
export const EVENT_STREAM = 'text/event-stream';

/** A comment, which readers ignore and which shows proxies that the connection is alive. */
export const COMMENT = ':\n\n';

/** Body of a POST that gets an event stream: as the query of a GET, for any number of topics. */
export interface StreamRequest {
  /** With a position: topics whose values the reader has up to it. */
  readonly topics: readonly Topic[];
  /** Topics whose values the reader does not have yet. Only with a position. */
  readonly added?: readonly Topic[];
  readonly position?: StreamPosition;
}

/** Body of a POST that changes an open event stream. */
export interface StreamChange {
  /** `session` of the stream's `welcome`. */
  readonly session: string;
  /** As over a WebSocket, without `pong`. The answers come in the stream. */
  readonly messages: readonly ClientMessage[];
}
