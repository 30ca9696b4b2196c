import { invalidArgument } from '../../core/errors.js';
import type { Fragment } from './fragment.js';

const BREAKS_OUT = /[\r\n\0]/;
const END = '\n\n';

const encoder = new TextEncoder();

/**
 * One message as an event (https://html.spec.whatwg.org/multipage/server-sent-events.html), in UTF-8: the JSON in `data`, the
 * position in `id`. The event has no name, so that `onmessage` receives it. Fragments are encoded one by one, because a string of the
 * whole message would take several times its memory.
 * @throws TickmarkError `INVALID_ARGUMENT` for a string that could end a field and start another one.
 */
export function eventOf(json: readonly Fragment[], id?: string): Uint8Array {
  if (id !== undefined && BREAKS_OUT.test(id)) {
    throw invalidArgument('eventOf: id', id, 'a string without CR, LF and NUL');
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
