import { expect, test } from 'vitest';
import { tableNames } from '../../src/sqlite/table-names.js';

test('names of tables have the prefix, and are quoted', () => {
  expect(tableNames({}, 'test').portfolios).toBe('"tickmark_portfolios"');
  expect(tableNames({ prefix: 'Ada_' }, 'test').positionValues).toBe('"Ada_position_values"');
});

test.each(['', '1a', 'a-b', 'a"b', 'a b', 'sqlite_x', 'SQLite_x', 'a'.repeat(33), 7])(
  'the prefix %j is refused',
  (prefix) => {
    expect(() => tableNames({ prefix: prefix as string }, 'test')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^test: prefix: expected at most 32 letters/) as string,
      }),
    );
  },
);
