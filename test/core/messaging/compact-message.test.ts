import { describe, expect, test } from 'vitest';
import { isCompact, readCompact, writeCompact } from '../../../src/core/messaging/compact-message.js';

const JSON_TEXT = Uint8Array.of(0x7b, 0x7d);
const BYTES = [0x54, 0x4d, 1, 0, 2, 0, 0, 0, 0x7b, 0x7d, 1, 2, 3];

/** The message with another byte at a place. */
const changed = (at: number, byte: number): Uint8Array => Uint8Array.from(BYTES).fill(byte, at, at + 1);

describe('a compact message', () => {
  test('is "TM", the version, a 0, the length of the JSON, the JSON and the columns', () => {
    expect([...writeCompact(JSON_TEXT, [Uint8Array.of(1), Uint8Array.of(2, 3)])]).toEqual(BYTES);
  });

  test('is recognized by its first two bytes', () => {
    expect(isCompact(Uint8Array.from(BYTES))).toBe(true);
    expect([changed(0, 0), changed(1, 0), JSON_TEXT, 'TM'].map(isCompact)).toEqual(Array(4).fill(false));
  });

  test('is read wherever it begins in its buffer', () => {
    const { json, columns } = readCompact(Uint8Array.of(9, 9, 9, ...BYTES).subarray(3));
    expect([[...json], [...columns]]).toEqual([[...JSON_TEXT], [1, 2, 3]]);
  });

  test('may have no columns', () => {
    const { json, columns } = readCompact(writeCompact(JSON_TEXT, []));
    expect([[...json], columns.length]).toEqual([[...JSON_TEXT], 0]);
  });

  test.each([
    ['of another version', changed(2, 2)],
    ['without a whole header', Uint8Array.from(BYTES.slice(0, 7))],
    ['with a JSON that is longer than the message', changed(4, 6)],
  ])('%s is rejected', (_, message) => {
    expect(() => readCompact(message)).toThrow(expect.objectContaining({ code: 'MALFORMED_INPUT' }));
  });
});
