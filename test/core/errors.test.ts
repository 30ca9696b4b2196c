import { describe, expect, test } from 'vitest';
import {
  ConcurrencyError,
  EntityNotFoundError,
  LockError,
  RepositoryError,
  TickmarkError,
  abortedError,
  invalidArgument,
  quote,
  throwIfAborted,
} from '../../src/core/errors.js';
import { caught } from '../oracle/caught.js';

describe('errors', () => {
  test('have a code, the name of their class and a cause, and are not retryable by default', () => {
    const cause = new Error('underneath');
    const error = new TickmarkError('BUS_FAILED', 'no bus', { retryable: true, cause });
    expect([error.code, error.name, error.message, error.retryable, error.cause]).toEqual([
      'BUS_FAILED',
      'TickmarkError',
      'no bus',
      true,
      cause,
    ]);
    expect(new TickmarkError('CLOSED', 'x').retryable).toBe(false);
    expect('cause' in new TickmarkError('CLOSED', 'x')).toBe(false);
    expect(error).toBeInstanceOf(Error);
  });

  test('of a version conflict name the portfolio, the expected and the found version', () => {
    const error = new ConcurrencyError('p1', 3, 5);
    expect([error.code, error.name, error.retryable]).toEqual(['VERSION_CONFLICT', 'ConcurrencyError', true]);
    expect([error.portfolioId, error.expectedVersion, error.actualVersion]).toEqual(['p1', 3, 5]);
    expect(error.message).toBe(
      'Portfolio "p1" was changed by someone else: expected version 3, found 5. Load it again and redo the change.',
    );
    expect(new ConcurrencyError('p1', 3).message).not.toContain('found');
  });

  test('of a missing portfolio distinguish one that never existed from a deleted one', () => {
    expect(new EntityNotFoundError('p')).toMatchObject({
      code: 'PORTFOLIO_NOT_FOUND',
      portfolioId: 'p',
      retryable: false,
    });
    expect(new EntityNotFoundError('p', 'PORTFOLIO_DELETED')).toMatchObject({
      code: 'PORTFOLIO_DELETED',
      message: 'Portfolio "p" was deleted.',
    });
  });

  test('of repositories and locks are retryable by default', () => {
    expect(new RepositoryError('down')).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
    expect(new RepositoryError('broken', { retryable: false }).retryable).toBe(false);
    expect(new LockError('LEASE_LOST', 'key', 'lost')).toMatchObject({
      code: 'LEASE_LOST',
      key: 'key',
      retryable: true,
    });
  });

  test('of an aborted signal have its reason as cause', () => {
    const controller = new AbortController();
    throwIfAborted(undefined, 'Waiting');
    throwIfAborted(controller.signal, 'Waiting');
    controller.abort('enough');
    const error = caught(() => throwIfAborted(controller.signal, 'Waiting'));
    expect([error.code, error.message, error.cause]).toEqual([
      'ABORTED',
      "Waiting was aborted by the caller's signal.",
      'enough',
    ]);
    expect(abortedError(controller.signal, 'x').cause).toBe('enough');
  });

  test('of an argument say where it was passed, what is accepted and what was passed', () => {
    const error = invalidArgument('Thing: size', -1, 'a whole number from 0');
    expect([error.code, error.message]).toEqual([
      'INVALID_ARGUMENT',
      'Thing: size: expected a whole number from 0, got -1.',
    ]);
  });
});

test('a value in a message is escaped and cut at 64 characters', () => {
  expect(quote('a"b\n')).toBe('"a\\"b\\n"');
  expect(quote('x'.repeat(64))).toBe(`"${'x'.repeat(64)}"`);
  expect(quote('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…"`);
  expect(quote('\u0000'.repeat(1_000_000)).length).toBeLessThanOrEqual(81);
  expect([5, NaN, -0, true, null, undefined, 5n, Symbol('s')].map(quote)).toEqual([
    '5',
    'NaN',
    '0',
    'true',
    'null',
    'undefined',
    '5n',
    'Symbol(s)',
  ]);
  expect([{ secret: 1 }, [1], new Date(0)].map(quote)).toEqual(['an object', 'an array', 'a Date']);
  const thrower = {
    toString: () => {
      throw new Error('no');
    },
  };
  expect(quote(thrower)).toBe('an object');
  expect(quote(() => 'x'.repeat(1000)).length).toBeLessThanOrEqual(81);
  expect(quote(10n ** 200n).length).toBeLessThanOrEqual(81);
});
