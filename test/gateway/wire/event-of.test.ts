import { describe, expect, test } from 'vitest';
import { eventOf } from '../../../src/gateway/wire/event-of.js';
import { Fragment } from '../../../src/gateway/wire/fragment.js';

function pieces(...texts: string[]): Fragment[] {
  return texts.map((text) => new Fragment(text));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe('an event', () => {
  test('is its JSON with its position', () => {
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

  test('knows the length of its string in UTF-8', () => {
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
