import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  jsonColumn,
  packColumn,
  readJsonColumn,
  unpackColumn,
} from '../../../src/core/messaging/wire-columns.js';

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom(NaN, 0, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 5e-324),
  fc.integer({ min: 0, max: 1000 }).map((offset) => 1_700_000_000_000 + offset),
);
const column = fc.oneof(
  fc.array(number),
  fc.tuple(number, fc.nat(20)).map(([value, length]) => new Array<number>(length).fill(value)),
  fc.array(fc.integer({ min: 0, max: 100_000 }).map((offset) => 1_700_000_000_000 + offset)),
  fc.array(fc.integer({ min: -200, max: 200 })),
);

describe('a column of numbers', () => {
  test('is the same after a way as JSON', () => {
    fc.assert(
      fc.property(column, (values) => {
        const read = readJsonColumn(JSON.parse(jsonColumn(values)), values.length, 'column');
        expect([...read]).toEqual([...values]);
      }),
      { numRuns: 2000 },
    );
  });

  test('is the same after a way in binary', () => {
    fc.assert(
      fc.property(column, (values) => {
        const { head, bytes } = packColumn(values);
        const shifted = new Uint8Array(bytes.length + 1);
        shifted.set(bytes, 1);
        const wire = JSON.parse(JSON.stringify(head)) as unknown;
        expect([...unpackColumn(wire, shifted.subarray(1), values.length, 'column')]).toEqual([...values]);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [[], '[]'],
    [[7, 7, 7], '7'],
    [[NaN, NaN], 'null'],
    [[1, NaN, 2.5], '[1,null,2.5]'],
    [[1_700_000_000_000, 1_700_000_000_005], '{"base":1700000000000,"add":[0,5]}'],
    [[1_700_000_000_000, 1.5], '[1700000000000,1.5]'],
    [[1, Infinity], '[1,null]'],
  ])('%j is written %s', (values, text) => expect(jsonColumn(values)).toBe(text));

  test.each([
    [[1, 2, 3, 4], 1],
    [[1, 300, 3, 4], 2],
    [[1, 70_000, 3, 4], 4],
    [[1, 2 ** 40, 3, 4], 8],
    [[1, NaN, 3, 4], 8],
    [[4, 4, 4, 4], 0],
  ])('%j takes %i bytes a row', (values, width) => {
    const { head, bytes } = packColumn(values);
    expect([head.width, bytes.length]).toEqual([width, 4 * width]);
  });

  test.each([
    ['text'],
    [undefined],
    [[1]],
    [[1, 'x']],
    [[1, []]],
    [{ base: 1 }],
    [{ base: 'x', add: [1, 2] }],
    [{ base: 1, add: [1] }],
    [{ base: 1e300, add: [1, 2] }],
  ])('%j is no column of 2 rows', (given) => {
    expect(() => readJsonColumn(given, 2, 'column')).toThrow(
      expect.objectContaining({ code: 'MALFORMED_INPUT' }),
    );
  });

  test.each([[{ width: 3, base: 0 }], [{ width: 'constructor' }], [{ width: 1, base: 'x' }], [null], [{}]])(
    '%j is no head of a packed column',
    (head) => {
      expect(() => unpackColumn(head, new Uint8Array(2), 2, 'column')).toThrow(
        expect.objectContaining({ code: 'MALFORMED_INPUT' }),
      );
    },
  );
});
