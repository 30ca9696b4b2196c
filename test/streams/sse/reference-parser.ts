import fc from 'fast-check';
import { EventStreamParser, type SseEvent } from '../../../src/streams/sse/event-stream-parser.js';

/** Everything that a parser reports, in order. */
export interface Told {
  readonly events: SseEvent[];
  readonly retries: number[];
  comments: number;
  tooBig: number;
  lastEventId: string;
}

/** What the parser reports of bytes that arrive in pieces. */
export function parsed(pieces: readonly Uint8Array[], limit = 1_000_000, lastEventId = ''): Told {
  const told: Told = { events: [], retries: [], comments: 0, tooBig: 0, lastEventId };
  const parser = new EventStreamParser(
    {
      event: (event) => void told.events.push(event),
      retry: (ms) => void told.retries.push(ms),
      comment: () => void told.comments++,
      tooBig: () => void told.tooBig++,
    },
    limit,
    lastEventId,
  );
  for (const piece of pieces) parser.push(piece);
  told.lastEventId = parser.lastEventId;
  return told;
}

/** The same by the grammar of the standard, over the whole text at once. */
export function reference(bytes: Uint8Array): Told {
  const told: Told = { events: [], retries: [], comments: 0, tooBig: 0, lastEventId: '' };
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  // The text after the last line end is not a line.
  lines.pop();
  let data: string[] = [];
  let type = '';
  for (const line of lines) {
    const [, field, value] = /^([^:]*)(?:: ?([^]*))?$/.exec(line)!;
    if (line === '') {
      if (data.length > 0)
        told.events.push({ type: type || 'message', data: data.join('\n'), id: told.lastEventId });
      data = [];
      type = '';
    } else if (line.startsWith(':')) told.comments++;
    else if (field === 'data') data.push(value ?? '');
    else if (field === 'event') type = value ?? '';
    else if (field === 'id' && !/\0/.test(value ?? '')) told.lastEventId = value ?? '';
    else if (field === 'retry' && /^[0-9]+$/.test(value ?? '')) told.retries.push(Number(value));
  }
  return told;
}

const END = fc.constantFrom('\n', '\r', '\r\n');
const VALUE = fc.oneof(
  fc.constantFrom('', ' ', '7', '茅台', '🙂 é', 'a:b', '\0', '\u{feff}', '{"p":1.50}', '3000'),
  fc.string({ maxLength: 6 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const FIELD = fc.constantFrom('data', 'data', 'data', 'id', 'event', 'retry', '', 'dat', 'Data');
const LINE = fc.oneof(
  fc.tuple(FIELD, fc.constantFrom(':', ': ', ':  '), VALUE).map((parts) => parts.join('')),
  fc.constantFrom('data', 'id', '', '', '', ':'),
);

/** A stream of valid and odd lines with all line ends, as bytes, cut anywhere. */
export const CUT_STREAMS = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.tuple(LINE, END), { maxLength: 25 }),
    fc.array(fc.nat({ max: 400 }), { maxLength: 12 }),
  )
  .map(([hasMark, lines, cuts]) => {
    const bytes = new TextEncoder().encode(
      (hasMark ? '\u{feff}' : '') + lines.map((line) => line.join('')).join(''),
    );
    const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
    return { bytes, pieces: places.slice(1).map((end, at) => bytes.slice(places[at], end)) };
  });
