import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  jsonColumn,
  packColumn,
  readJsonColumn,
  unpackColumn,
} from '../../../src/core/messaging/wire-columns.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 2000, gate: 10_000, full: 100_000 }) };

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
  test('is the same after writing it as JSON and reading it', () => {
    fc.assert(
      fc.property(column, (values) => {
        const read = readJsonColumn(JSON.parse(jsonColumn(values)), values.length, 'column');
        expect([...read]).toEqual([...values]);
      }),
      RUNS,
    );
  });

  test('is the same after packing and unpacking it', () => {
    fc.assert(
      fc.property(column, (values) => {
        const { head, bytes } = packColumn(values);
        const shifted = new Uint8Array(bytes.length + 1);
        shifted.set(bytes, 1);
        const wire = JSON.parse(JSON.stringify(head)) as unknown;
        expect([...unpackColumn(wire, shifted.subarray(1), values.length, 'column')]).toEqual([...values]);
      }),
      RUNS,
    );
  });
});
