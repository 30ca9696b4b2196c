import fc from 'fast-check';
import { test } from 'vitest';
import { parseExactJson } from '../../../src/core/money/exact-json.js';
import { sized } from '../../sizes.js';

test('parseExactJson() returns what JSON.parse() does, but for the digits of numbers', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const asText = (_: string, value: unknown): unknown =>
        typeof value === 'number' ? String(value) : value;
      const plain: unknown = JSON.parse(text, asText);
      const exact: unknown = JSON.parse(JSON.stringify(parseExactJson(text)));
      const shape = (value: unknown): string =>
        JSON.stringify(value, (_, each: unknown) =>
          typeof each === 'string' && each !== '' && !Number.isNaN(Number(each)) ? Number(each) : each,
        );
      return shape(exact) === shape(plain);
    }),
    { numRuns: sized({ quick: 1000, gate: 10_000, full: 100_000 }) },
  );
});
