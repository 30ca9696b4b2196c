import { describe, expect, test } from 'vitest';
import { RepositoryError, TickmarkError } from '../../../../src/core/errors.js';
import { seededRandom } from '../../../../src/core/random.js';
import { bisectRefused, isRefusal } from '../../../../src/core/engine/writer/bisected-save.js';

const refusal = new RepositoryError('CHECK', { retryable: false });

async function bisected(
  count: number,
  bad: readonly number[],
  failing?: (piece: readonly number[]) => boolean,
) {
  const stored: number[] = [];
  let calls = 0;
  const rows = Array.from({ length: count }, (_, at) => at);
  const save = async (piece: readonly number[]) => {
    calls++;
    if (failing?.(piece)) throw new Error('down');
    if (piece.some((row) => bad.includes(row))) throw refusal;
    stored.push(...piece);
  };
  let firstCause: unknown;
  await save(rows).catch((error: unknown) => (firstCause = error));
  const done = await bisectRefused(rows, firstCause, save, seededRandom(3));
  return {
    ...done,
    stored: stored.sort((a, b) => a - b),
    calls,
    refusedRows: done.refused.map(({ row }) => row),
  };
}

describe('a set with a row that the store refuses', () => {
  test.each([0, 1, 250, 499])('is stored except for that row (%d of 500), in a few calls', async (bad) => {
    const { stored, refusedRows, unsaved, calls, hasSaved } = await bisected(500, [bad]);
    expect(refusedRows).toEqual([bad]);
    expect(stored).toEqual(Array.from({ length: 500 }, (_, at) => at).filter((at) => at !== bad));
    expect([unsaved, hasSaved]).toEqual([[], true]);
    expect(calls).toBeLessThanOrEqual(19);
  });

  test('is not split if the first error is a failure, not a refusal', async () => {
    const { calls, unsaved, isFailure } = await bisected(500, [], () => true);
    expect([calls, unsaved.length, isFailure]).toEqual([1, 500, true]);
  });

  test('leaves the rest for a later round if many rows are refused', async () => {
    const bad = Array.from({ length: 100 }, (_, at) => at * 5);
    const { stored, refusedRows, unsaved, calls } = await bisected(500, bad);
    expect(calls).toBeLessThan(250);
    expect(refusedRows.length).toBeGreaterThan(5);
    expect(refusedRows.every((row) => bad.includes(row))).toBe(true);
    expect([...stored, ...refusedRows, ...unsaved].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, at) => at),
    );
  });

  test('stops early when the store takes nothing', async () => {
    const all = Array.from({ length: 500 }, (_, at) => at);
    const { calls, hasSaved, isFailure, refused, unsaved } = await bisected(500, all);
    expect([hasSaved, isFailure]).toEqual([false, false]);
    expect(refused.length + unsaved.length).toBe(500);
    expect(calls).toBeLessThan(30);
  });

  test('stops at a failure, and returns everything that is not stored', async () => {
    const { stored, unsaved, refused, isFailure, cause } = await bisected(
      100,
      [7],
      (piece) => piece.length < 30,
    );
    expect(isFailure).toBe(true);
    expect(cause).toEqual(new Error('down'));
    expect(refused).toEqual([]);
    expect([...stored, ...unsaved].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at));
  });
});

test.each([
  [refusal, true],
  [new TickmarkError('INVALID_ARGUMENT', 'x'), true],
  [new TickmarkError('OUT_OF_RANGE', 'x'), true],
  [new RepositoryError('x'), false],
  [new TickmarkError('CLOSED', 'x'), false],
  [new TickmarkError('ABORTED', 'x'), false],
  [new TickmarkError('TIMEOUT', 'x'), false],
  [new Error('x'), false],
  ['x', false],
  [undefined, false],
])('%o is a refusal of the rows: %s', (cause, expected) => expect(isRefusal(cause)).toBe(expected));
