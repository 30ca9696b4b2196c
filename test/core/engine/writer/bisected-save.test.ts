import { describe, expect, test } from 'vitest';
import { RepositoryError, TickmarkError } from '../../../../src/core/errors.js';
import { seededRandom } from '../../../../src/core/random.js';
import { isRefusal, saveBisecting } from '../../../../src/core/engine/writer/bisected-save.js';

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
  const done = await saveBisecting(rows, save, seededRandom(3));
  return {
    ...done,
    stored: stored.sort((a, b) => a - b),
    calls,
    refusedRows: done.refused.map(({ row }) => row),
  };
}

describe('a set with a row that the store refuses', () => {
  test.each([0, 1, 250, 499])('is stored but for that row (%d of 500), in a few calls', async (bad) => {
    const { stored, refusedRows, unsaved, calls, hasSaved } = await bisected(500, [bad]);
    expect(refusedRows).toEqual([bad]);
    expect(stored).toEqual(Array.from({ length: 500 }, (_, at) => at).filter((at) => at !== bad));
    expect([unsaved, hasSaved]).toEqual([[], true]);
    expect(calls).toBeLessThanOrEqual(19);
  });

  test('is stored in one call when nothing is refused', async () => {
    expect(await bisected(500, [])).toMatchObject({ calls: 1, refused: [], unsaved: [], hasSaved: true });
    expect(await bisected(0, [])).toMatchObject({ calls: 0, refused: [], unsaved: [] });
  });

  test('leaves the rest for later when many are refused, and loses none', async () => {
    const bad = Array.from({ length: 100 }, (_, at) => at * 5);
    const { stored, refusedRows, unsaved, calls } = await bisected(500, bad);
    expect(calls).toBeLessThan(250);
    expect(refusedRows.length).toBeGreaterThan(5);
    expect(refusedRows.every((row) => bad.includes(row))).toBe(true);
    expect([...stored, ...refusedRows, ...unsaved].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, at) => at),
    );
  });

  test('is given up soon when nothing at all is taken', async () => {
    const all = Array.from({ length: 500 }, (_, at) => at);
    const { calls, hasSaved, isFailure, refused, unsaved } = await bisected(500, all);
    expect([hasSaved, isFailure]).toEqual([false, false]);
    expect(refused.length + unsaved.length).toBe(500);
    expect(calls).toBeLessThan(30);
  });

  test('stops at a failure, with everything that is not stored left', async () => {
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
])('%o is a verdict on what was offered: %s', (cause, expected) => expect(isRefusal(cause)).toBe(expected));
