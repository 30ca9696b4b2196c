import { invalidArgument } from '../../core/errors.js';
import type { Fragment } from './fragment.js';

const BREAKS_OUT = /[\r\n\0]/;
const END = '\n\n';

const encoder = new TextEncoder();

/**
 * One message as an event (https://html.spec.whatwg.org/multipage/server-sent-events.html), in UTF-8: the JSON in `data`, the
 * position in `id`. The event has no name, so that `onmessage` gets it. Written piece by piece into what is sent, since the whole
 * as a text first would take its room several times over.
 * @throws TickmarkError `INVALID_ARGUMENT` for a text that could end a field and start another.
 */
export function eventOf(json: readonly Fragment[], id?: string): Uint8Array {
  if (id !== undefined && BREAKS_OUT.test(id)) {
    throw invalidArgument('eventOf: id', id, 'a text without CR, LF and NUL');
  }
  const start = encoder.encode(id === undefined ? 'data: ' : `id: ${id}\ndata: `);
  let length = start.byteLength + END.length;
  for (const { bytes } of json) length += bytes;
  const event = new Uint8Array(length);
  event.set(start);
  let at = start.byteLength;
  for (const { text, bytes } of json) {
    encoder.encodeInto(text, event.subarray(at));
    at += bytes;
  }
  encoder.encodeInto(END, event.subarray(at));
  return event;
}
