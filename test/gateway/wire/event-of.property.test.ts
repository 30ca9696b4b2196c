import { describe, expect, test } from 'vitest';
import { seededRandom } from 'tickmark';
import { eventOf } from '../../../src/gateway/wire/event-of.js';
import { Fragment } from '../../../src/gateway/wire/fragment.js';
import { COMMENT } from '../../../src/protocol/event-stream.js';
import { EventStreamParser } from '../../../src/streams/sse/event-stream-parser.js';
import { seed, sized } from '../../sizes.js';
import { hostileText } from '../../protocol/hostile-text.js';

const VALUES = sized({ quick: 10_000, gate: 50_000, full: 100_000 });

interface Parsed {
  readonly data: string;
  readonly id: string;
  readonly type: string;
}

/** Parses bytes that arrive in pieces of any size. */
function parse(bytes: Uint8Array, sizes: () => number): { events: Parsed[]; comments: number } {
  const events: Parsed[] = [];
  let comments = 0;
  const parser = new EventStreamParser(
    {
      event: ({ data, id, type }) => void events.push({ data, id, type }),
      comment: () => void comments++,
      retry: () => {
        throw new Error('A retry field that was not sent.');
      },
      tooBig: () => undefined,
    },
    2 ** 24,
  );
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + Math.max(1, sizes()));
    parser.push(bytes.subarray(at, end));
    at = end;
  }
  return { events, comments };
}

function pieces(...texts: string[]): Fragment[] {
  return texts.map((text) => new Fragment(text));
}

describe('an event', () => {
  test('is parsed to exactly what was sent, however the stream is cut', () => {
    const random = seededRandom(seed);
    const encoder = new TextEncoder();
    for (let sent = 0; sent < VALUES;) {
      const values = Array.from({ length: 100 }, () => ({
        [hostileText(random)]: hostileText(random),
        n: random(),
      }));
      const texts = values.map((value) => JSON.stringify(value));
      const stream = texts.flatMap((json, index) => {
        const cut = Math.floor(random() * json.length);
        // Not between the halves of a surrogate pair, because each fragment is encoded on its own.
        const at = /[\ud800-\udbff]/.test(json[cut - 1] ?? '') ? cut - 1 : cut;
        const id = index % 3 === 0 ? `e:${sent + index}` : undefined;
        return [encoder.encode(COMMENT), eventOf(pieces(json.slice(0, at), json.slice(at)), id)];
      });
      const { events, comments } = parse(Buffer.concat(stream), () => Math.floor(random() * 300));
      expect(events.map(({ data }) => data)).toEqual(texts);
      expect(events.map(({ data }) => JSON.stringify(JSON.parse(data)))).toEqual(texts);
      expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['message']));
      expect(events.map(({ id }) => id)).toEqual(texts.map((_, index) => `e:${sent + index - (index % 3)}`));
      expect(comments).toBe(100);
      sent += values.length;
    }
  });
});
