import { describe, expect, test } from 'vitest';
import { CsvReader, type CsvRecord } from '../../src/fills/csv-reader.js';
import { Dice } from '../oracle/dice.js';

function read(chunks: readonly string[], separator = ','): CsvRecord[] {
  const reader = new CsvReader(separator);
  return [...chunks.flatMap((chunk) => [...reader.read(chunk)]), ...reader.end()];
}
const cells = (text: string, separator?: string) => read([text], separator).map((record) => record.cells);
const faults = (text: string) => read([text]).map(({ line, fault }) => [line, fault]);

describe('records of CSV', () => {
  test.each([
    ['lines that end with CRLF, LF or CR', 'a,b\r\nc,d\ne,f\rg,h', ['a,b', 'c,d', 'e,f', 'g,h']],
    ['empty cells, also the last one', 'a,,b,\n,\n', ['a,,b,', ',']],
    ['no record for an empty line', '\na\n\r\n\nb\n', ['a', 'b']],
    ['spaces as they are', ' a , b \n', [' a , b ']],
  ])('have %s', (_, text, expected) => {
    expect(cells(text).map((record) => record.join(','))).toEqual(expected);
  });

  test('have quoted cells with separators, line breaks and quotes', () => {
    expect(cells('"a,b","c\r\nd","say ""hi""",""\n"",""""')).toEqual([
      ['a,b', 'c\r\nd', 'say "hi"', ''],
      ['', '"'],
    ]);
  });

  test('have another separator, and lose a byte order mark', () => {
    expect(cells('\uFEFF"a";b,c\td', ';')).toEqual([['a', 'b,c\td']]);
    expect(cells('\uFEFFa\tb', '\t')).toEqual([['a', 'b']]);
    for (const separator of ['^', '-', ']', '|', '.'])
      expect(cells(`ab${separator}c`, separator)).toEqual([['ab', 'c']]);
  });

  test('are numbered by the line that they begin in', () => {
    expect(read(['a\n"b\nc"\r\n\nd']).map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  test.each([
    [
      'text after a quoted cell',
      'a\n"b\nb" x,"y"\nc\n',
      [
        [1, null],
        [2, 'text after a quoted cell'],
        [4, null],
      ],
    ],
    [
      'a quote in a cell',
      'a\n5" pipe,"x\ny"\nc',
      [
        [1, null],
        [2, 'a quote inside a cell without quotes'],
        [3, 'a quote inside a cell without quotes'],
        [4, null],
      ],
    ],
    [
      'a quote that is not closed',
      'a\n"b\nc,d\n',
      [
        [1, null],
        [2, 'a quote that is not closed'],
        [3, null],
      ],
    ],
  ])('that cannot be read are skipped to the end of the line: %s', (_, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('of too many characters are given up, so that a missing quote does not fill the memory', () => {
    const reader = new CsvReader(',');
    expect([...reader.read('a\n"b\n')]).toHaveLength(1);
    const line = `${'x'.repeat(1023)}\n`;
    let found: CsvRecord[] = [];
    for (let count = 0; found.length === 0 && count < 2000; count++) found = [...reader.read(line)];
    expect(found[0]).toMatchObject({ line: 2, fault: expect.stringContaining('more than') as string });
    expect(found[1]).toMatchObject({ line: 3, cells: [line.trim()] });
  });

  test('are the same however the text is cut', () => {
    const dice = new Dice(7);
    for (let round = 0; round < 300; round++) {
      const length = dice.between(1, 30);
      const text = Array.from({ length }, () =>
        dice.pick(['a', 'b', ',', '"', '""', '\r\n', '\n', '\r', '"x"']),
      ).join('');
      const whole = read([text]);
      const chunks: string[] = [];
      for (let at = 0; at < text.length;) {
        const to = at + dice.between(1, 4);
        chunks.push(text.slice(at, to));
        at = to;
      }
      expect([text, read(chunks)]).toEqual([text, whole]);
    }
  });
});
