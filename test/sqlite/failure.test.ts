import { describe, expect, test } from 'vitest';
import { TickmarkError } from '../../src/core/errors.js';
import { repositoryFailure } from '../../src/sqlite/failure.js';

const betterSqlite3 = (code: string): Error => Object.assign(new Error('it failed'), { code });
const nodeSqlite = (errcode: number): Error =>
  Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });

describe('a failure of a driver', () => {
  test.each([
    [betterSqlite3('SQLITE_BUSY'), 'SQLITE_BUSY', true],
    [betterSqlite3('SQLITE_BUSY_SNAPSHOT'), 'SQLITE_BUSY_SNAPSHOT', true],
    [betterSqlite3('SQLITE_FULL'), 'SQLITE_FULL', true],
    [betterSqlite3('SQLITE_IOERR_WRITE'), 'SQLITE_IOERR_WRITE', true],
    [betterSqlite3('SQLITE_CORRUPT'), 'SQLITE_CORRUPT', false],
    [betterSqlite3('SQLITE_CONSTRAINT_TRIGGER'), 'SQLITE_CONSTRAINT_TRIGGER', false],
    [betterSqlite3('SQLITE_READONLY'), 'SQLITE_READONLY', false],
    [nodeSqlite(5), 'SQLITE_BUSY', true],
    // SQLITE_BUSY_SNAPSHOT: the result code is in the last byte.
    [nodeSqlite(5 | (2 << 8)), 'SQLITE_BUSY', true],
    [nodeSqlite(13), 'SQLITE_FULL', true],
    [nodeSqlite(11), 'SQLITE_CORRUPT', false],
    [nodeSqlite(99), 'SQLite 99', false],
    [betterSqlite3('ERR_INVALID_STATE'), 'ERR_INVALID_STATE', false],
  ])('%o becomes REPOSITORY_FAILED with %s, retryable: %s', (cause, code, retryable) => {
    const failure = repositoryFailure('save()', cause);
    expect(failure).toMatchObject({ code: 'REPOSITORY_FAILED', retryable, cause });
    expect(failure.message).toBe(`save() failed: it failed (${code})`);
  });

  test('without a code is named by its message', () => {
    const busy = new TypeError('This database connection is busy executing a query');
    expect(repositoryFailure('save()', busy)).toMatchObject({
      message: 'save() failed: This database connection is busy executing a query',
      retryable: true,
    });
    expect(repositoryFailure('save()', undefined).message).toBe('save() failed: no reason was given');
  });

  test('is not made of an error of tickmark', () => {
    const error = new TickmarkError('VERSION_CONFLICT', 'changed');
    expect(repositoryFailure('save()', error)).toBe(error);
  });
});
