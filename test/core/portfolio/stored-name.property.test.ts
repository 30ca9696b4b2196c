import fc from 'fast-check';
import { expect, test } from 'vitest';
import { originalName, storedName } from '../../../src/core/portfolio/stored-name.js';
import { sized } from '../../sizes.js';

const unit = fc.oneof(
  fc.constantFrom('\\', '\0', 'u', '0', 'd800', '\ud800', '\udfff', '📈', '"', "'", '{', '}', ',', '\n'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const name = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));

test('stores every name as valid text without NUL, reads it back, and keeps different names different', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      const stored = storedName(one);
      expect(originalName(stored)).toBe(one);
      expect(Buffer.from(stored).toString()).toBe(stored);
      expect(stored).not.toContain('\0');
      expect(storedName(other) === stored).toBe(other === one);
    }),
    { numRuns: sized({ quick: 3_000, gate: 25_000, full: 200_000 }) },
  );
});
