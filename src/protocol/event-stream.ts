/** Names of the query of an event stream. */
export const STREAM_QUERY = {
  /** A topic; any number of times. With a position: one whose value the reader has up to it. */
  topic: 'topic',
  /** A topic whose value the reader does not have yet; any number of times. Only beside a position. */
  added: 'added',
  /** The position to resume from, where there is no `Last-Event-ID`. */
  position: 'position',
} as const;

/** Media type of server-sent events. */
export const EVENT_STREAM = 'text/event-stream';

/** A comment, which readers ignore and proxies take for life. */
export const COMMENT = ':\n\n';
