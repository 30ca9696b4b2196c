import fc from 'fast-check';
import { expect, test } from 'vitest';
import { originalName, storedName } from '../../src/postgres/stored-name.js';

const unit = fc.oneof(
  fc.constantFrom('\\', '\0', 'u', '0', 'd800', '\ud800', '\udfff', '📈', '"', "'", '{', '}', ',', '\n'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const name = fc.array(unit, { maxLength: 12 }).map((units) => units.join(''));

test('every name comes back, is storable as text, and no two become one', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      const stored = storedName(one);
      expect(originalName(stored)).toBe(one);
      expect(Buffer.from(stored).toString()).toBe(stored);
      expect(stored).not.toContain('\0');
      expect(storedName(other) === stored).toBe(other === one);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['AAPL', 'AAPL'],
  ['BRK.B', 'BRK.B'],
  ['上证指数 📈', '上证指数 📈'],
  [`'; DROP TABLE x; --"`, `'; DROP TABLE x; --"`],
  ['a\\b', 'a\\\\b'],
  ['a\0b', 'a\\0b'],
  ['\ud800', '\\ud800'],
  ['\udc00\ud800', '\\udc00\\ud800'],
])('%j is stored as %j', (given, stored) => {
  expect(storedName(given)).toBe(stored);
  expect(originalName(stored)).toBe(given);
});
