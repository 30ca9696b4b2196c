import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClientMessage } from '../../src/protocol/client-messages.js';
import { sized } from '../sizes.js';
import { parseTopic, topicOf } from '../../src/protocol/topic.js';

const malformed = expect.objectContaining({ code: 'MALFORMED_INPUT' }) as Error;

describe('a message from a client', () => {
  test('of any other kind is rejected with MALFORMED_INPUT', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(() => parseClientMessage(text)).toThrow(malformed);
        },
      ),
      { numRuns: sized({ quick: 2000, gate: 10_000, full: 100_000 }) },
    );
  });
});

test('a topic consists of its kind and everything after the first colon', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('portfolio', 'positions', 'price', 'a-later-kind'),
      fc.string({ minLength: 1, maxLength: 256 }),
      (kind, id) => {
        expect(parseTopic(topicOf(kind, id))).toEqual({ kind, id });
      },
    ),
  );
  for (const text of [
    '',
    ':',
    'price',
    'price:',
    'Price:A',
    'status',
    '-:x',
    `${'k'.repeat(33)}:x`,
    'toString:x',
    ` price:A`,
    `price:${'x'.repeat(257)}`,
  ]) {
    expect(parseTopic(text)).toBeNull();
  }
});
