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
