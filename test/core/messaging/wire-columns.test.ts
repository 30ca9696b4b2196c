import { describe, expect, test } from 'vitest';
import {
  jsonColumn,
  packColumn,
  readJsonColumn,
  unpackColumn,
} from '../../../src/core/messaging/wire-columns.js';

describe('a column of numbers', () => {
  test.each([
    [[], '[]'],
    [[7, 7, 7], '7'],
    [[NaN, NaN], 'null'],
    [[1, NaN, 2.5], '[1,null,2.5]'],
    [[1_700_000_000_000, 1_700_000_000_005], '{"base":1700000000000,"add":[0,5]}'],
    [[1_700_000_000_000, 1.5], '[1700000000000,1.5]'],
    [[1, Infinity], '[1,null]'],
  ])('%j is written as %s', (values, text) => expect(jsonColumn(values)).toBe(text));

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
    [[1, 2, 3]],
    [[1, 'x']],
    [[1, []]],
    [{ base: 1 }],
    [{ base: 'x', add: [1, 2] }],
    [{ base: 1, add: [1] }],
    [{ base: 1, add: [1, 2, 3] }],
    [{ base: 1e300, add: [1, 2] }],
  ])('%j is rejected as a column of 2 rows', (given) => {
    expect(() => readJsonColumn(given, 2, 'column')).toThrow(
      expect.objectContaining({ code: 'MALFORMED_INPUT' }),
    );
  });

  test.each([[{ width: 3, base: 0 }], [{ width: 'constructor' }], [{ width: 1, base: 'x' }], [null], [{}]])(
    '%j is rejected as the header of a packed column',
    (head) => {
      expect(() => unpackColumn(head, new Uint8Array(2), 2, 'column')).toThrow(
        expect.objectContaining({ code: 'MALFORMED_INPUT' }),
      );
    },
  );
});
