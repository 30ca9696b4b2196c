import { expect, test } from 'vitest';
import {
  PostgresFailure,
  connectionFate,
  failureKind,
  isRefusal,
  type ConnectionFate,
  type FailureKind,
} from '../../src/postgres/failure.js';
import { driverError } from './fake-pool.js';

test.each<[FailureKind, ConnectionFate, string[]]>([
  ['again', 'kept', ['40001', '40P01', '53300']],
  ['again', 'elsewhere', ['25006', '0A000', '55000', '57P01', '57P02', '57P03', '57P04']],
  [
    'again',
    'replaced',
    ['57P05', '25001', '25P01', '25P02', '26000', '42P05', '08006', '08P01', 'ECONNRESET'],
  ],
  ['later', 'kept', ['55P03', '57014', '53000', '53100', '53200', '53400']],
  ['later', 'replaced', ['25P03', '58000', '58030']],
  ['never', 'elsewhere', ['3D000', '3F000', '42P01', '42703', '42883', '42501']],
  ['never', 'replaced', ['XX000', 'XX001', 'XX002']],
  ['never', 'kept', ['23505', '42601', '22012', '28000', '28P01']],
])('the transaction runs %s and the connection is %s after %s', (kind, fate, codes) => {
  for (const code of codes) {
    const failure = PostgresFailure.of(driverError(code));
    expect([code, failureKind(failure), connectionFate(failure)]).toEqual([code, kind, fate]);
  }
});

test('a failure without a code counts as a broken connection if the message of the driver says so', () => {
  const cut = PostgresFailure.of(new Error('Connection terminated unexpectedly'));
  expect([failureKind(cut), connectionFate(cut)]).toEqual(['again', 'replaced']);
  const bug = PostgresFailure.of(new TypeError('x is not a function'));
  expect([failureKind(bug), connectionFate(bug)]).toEqual(['never', 'kept']);
});

test('only denied access counts as a refusal', () => {
  const refusals = ['28P01', '28000', '3D000', '42501', '42P01', '25006', undefined].filter((code) =>
    isRefusal(PostgresFailure.of(driverError(code))),
  );
  expect(refusals).toEqual(['28P01', '28000', '3D000', '42501']);
});
