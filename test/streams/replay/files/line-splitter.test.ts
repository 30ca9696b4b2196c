import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../../../src/streams/replay/files/line-splitter.js';

function split(chunks: readonly Buffer[], maxBytes = 1024): (string | null)[] {
  const splitter = new LineSplitter(maxBytes);
  return [...chunks.flatMap((chunk) => splitter.split(chunk)), ...splitter.end()];
}

describe('LineSplitter', () => {
  test.each([
    ['', []],
    ['a\nb\n', ['a', 'b']],
    ['a\nb', ['a', 'b']],
    ['a\r\n\r\nb\r\n', ['a', '', 'b']],
    ['\n\n', ['', '']],
    ['€\nü', ['€', 'ü']],
  ])('splits %j into lines', (text, lines) => {
    expect(split([Buffer.from(text)])).toEqual(lines);
  });

  test('splits at \\r where there is no \\n, as old spreadsheets write it', () => {
    expect(split([Buffer.from('a\rb\r'), Buffer.from('c\r')])).toEqual(['a', 'b', 'c']);
    // The first half of the end of a line.
    expect(split([Buffer.from('a\r'), Buffer.from('\nb\r\n')])).toEqual(['a', 'b']);
  });

  test('gives the same lines wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'ü€', '\n', '\r\n', 'long '.repeat(3)), { maxLength: 30 }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        (parts, cuts) => {
          const whole = Buffer.from(parts.join(''));
          const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
          const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
          expect(split(chunks, 12)).toEqual(split([whole], 12));
        },
      ),
    );
  });

  test('gives lines up to maxBytes, and null for each longer line', () => {
    const text = `${'x'.repeat(10)}\n${'y'.repeat(11)}\nshort\n${'z'.repeat(50)}`;
    const expected = ['x'.repeat(10), null, 'short', null];
    expect(split([Buffer.from(text)], 10)).toEqual(expected);
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
    expect(split(bytes, 10)).toEqual(expected);
  });
});
