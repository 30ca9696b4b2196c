/** In the query of an event stream, a topic; any number of times. With a position: one whose value the reader has up to it. */
export const TOPIC_PARAMETER = 'topic';

/** In the query, a topic whose value the reader does not have yet; any number of times. Only beside a position. */
export const ADDED_PARAMETER = 'added';

/** In the query, the position to resume from, where there is no `Last-Event-ID`. */
export const POSITION_PARAMETER = 'position';

/** Media type of server-sent events. */
export const EVENT_STREAM = 'text/event-stream';

/** A comment, which readers ignore and proxies take for life. */
export const COMMENT = ':\n\n';
