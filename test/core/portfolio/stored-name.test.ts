import { expect, test } from 'vitest';
import { originalName, storedName } from '../../../src/core/portfolio/stored-name.js';

test.each([
  ['AAPL', 'AAPL'],
  ['BRK.B', 'BRK.B'],
  ['上证指数 📈', '上证指数 📈'],
  [`'; DROP TABLE x; --"`, `'; DROP TABLE x; --"`],
  ['a\\b', 'a\\\\b'],
  ['a\0b', 'a\\0b'],
  ['\ud800', '\\ud800'],
  ['\udc00\ud800', '\\udc00\\ud800'],
])('stores %j as %j', (given, stored) => {
  expect(storedName(given)).toBe(stored);
  expect(originalName(stored)).toBe(given);
});
