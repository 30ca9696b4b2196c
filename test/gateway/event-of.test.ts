import { describe, expect, test } from 'vitest';
import { seededRandom } from 'tickmark';
import { eventOf } from '../../src/gateway/event-of.js';
import { Fragment } from '../../src/gateway/fragment.js';
import { COMMENT } from '../../src/protocol/event-stream.js';
import { EventStreamParser } from '../../src/streams/sse/event-stream-parser.js';
import { hostileText } from '../protocol/hostile-text.js';

interface Parsed {
  readonly data: string;
  readonly id: string;
  readonly type: string;
}

/** Parses bytes that come in pieces of any size. */
function parse(bytes: Uint8Array, sizes: () => number): { events: Parsed[]; comments: number } {
  const events: Parsed[] = [];
  let comments = 0;
  const parser = new EventStreamParser(
    {
      event: ({ data, id, type }) => void events.push({ data, id, type }),
      comment: () => void comments++,
      retry: () => {
        throw new Error('a retry that nobody sent');
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

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe('an event', () => {
  test('is its JSON, and its position', () => {
    expect(text(eventOf(pieces('{"a"', ':1}'), 'e:1'))).toBe('id: e:1\ndata: {"a":1}\n\n');
    expect(text(eventOf(pieces('{"a":1}')))).toBe('data: {"a":1}\n\n');
  });

  test.each(['\r', '\n', '\0'])('cannot be broken out of by %j', (breaker) => {
    expect(() => eventOf(pieces('{}', `${breaker}data: x`))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => eventOf(pieces('{}'), `e:1${breaker}data: x`)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test('is parsed to exactly what was sent, whatever that is and however it is cut: 100,000 values', () => {
    const random = seededRandom(3);
    const encoder = new TextEncoder();
    for (let sent = 0; sent < 100_000;) {
      const values = Array.from({ length: 100 }, () => ({
        [hostileText(random)]: hostileText(random),
        n: random(),
      }));
      const texts = values.map((value) => JSON.stringify(value));
      const stream = texts.flatMap((json, index) => {
        const cut = Math.floor(random() * json.length);
        // Not between the halves of a pair: pieces are JSON, and each is encoded alone.
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

  test('is as long as its text in UTF-8', () => {
    for (const json of [
      '',
      'aä€',
      '😀',
      '\ud83d',
      '\ude00\ud83d',
      'x\ud83dé',
      '€'.repeat(9000),
      '😀'.repeat(9001),
      '\ud83d\ud83d\ude00',
    ]) {
      expect(new Fragment(json).bytes).toBe(new TextEncoder().encode(json).byteLength);
    }
  });
});
