import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeKey } from '../../../src/core/locking/lease-store.js';
import { sized } from '../../sizes.js';
import { hostile } from '../hostile-keys.js';

test('encodes different keys differently, in harmless characters', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      expect(encodeKey(one) === encodeKey(other)).toBe(one === other);
      expect(encodeKey(one)).toMatch(/^[\w.~:/@%-]+$/);
    }),
    { numRuns: sized({ quick: 3_000, gate: 25_000, full: 200_000 }) },
  );
});
