import { invalidArgument } from '../core/errors.js';

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

const BREAKS_OUT = /[\r\n\0]/;

/**
 * One message as an event (https://html.spec.whatwg.org/multipage/server-sent-events.html): the JSON in `data`, the position in
 * `id`. The event has no name, so that `onmessage` gets it.
 * @throws TickmarkError `INVALID_ARGUMENT` for a text that could end a field and start another: JSON has no raw CR or LF, and a
 * position neither.
 */
export function eventOf(json: string, id?: string): string {
  if (BREAKS_OUT.test(json)) throw invalidArgument('eventOf: json', json, 'JSON on one line');
  if (id === undefined) return `data: ${json}\n\n`;
  if (BREAKS_OUT.test(id)) throw invalidArgument('eventOf: id', id, 'a text without CR, LF and NUL');
  return `id: ${id}\ndata: ${json}\n\n`;
}

/** A comment, which readers ignore and proxies take for life. */
export const COMMENT = ':\n\n';
