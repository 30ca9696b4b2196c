import { describe, expect, test } from 'vitest';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { tableNames } from '../../../src/postgres/table-names.js';
import {
  REMEMBERED_SAVES,
  StoredStates,
  refusedSave,
  refusedVersion,
  type StoredState,
} from '../../../src/postgres/statements/stored-states.js';

const WRITE = { name: 'w', isOutcomeUnknown: false };
const stored = (version: number, deletion: string | null = null): StoredState => ({
  version,
  deletion,
  savedVersion: null,
});
const ada = (version: number): Portfolio =>
  Portfolio.create({ id: 'ada', currency: 'USD' }).withVersion(version);

describe('the stored states of portfolios', () => {
  test('have the version that an earlier attempt of the call stored, counted back from the newest', async () => {
    const rows = [
      ['ada', '7', null, '1'],
      ['bob', '7', null, '3'],
      ['eve', '7', 'd', null],
    ];
    const states = await new StoredStates(tableNames({}, 'X')).of(
      async () => rows,
      ['ada', 'bob', 'eve'],
      'w',
    );
    expect([...states]).toEqual([
      ['ada', { version: 7, deletion: null, savedVersion: 7 }],
      ['bob', { version: 7, deletion: null, savedVersion: 5 }],
      ['eve', { version: 7, deletion: 'd', savedVersion: null }],
    ]);
  });
});

describe('a refused change', () => {
  test.each([
    ['no such portfolio', undefined, { code: 'PORTFOLIO_NOT_FOUND' }],
    ['a deleted one', stored(4, 'd'), { code: 'PORTFOLIO_DELETED' }],
    ['another version', stored(4), { code: 'VERSION_CONFLICT', expectedVersion: 3, actualVersion: 4 }],
  ])('names %s', (_, state, error) => expect(refusedVersion('ada', 3, state)).toMatchObject(error));

  test('of a new portfolio is a conflict with the one that exists', () => {
    expect(refusedSave(ada(0), stored(4), WRITE)).toMatchObject({
      code: 'VERSION_CONFLICT',
      actualVersion: 4,
    });
  });

  test('has an unknown outcome if an earlier attempt may have been forgotten since', () => {
    const retried = { ...WRITE, isOutcomeUnknown: true };
    const [remembered, forgotten] = [stored(3 + REMEMBERED_SAVES), stored(4 + REMEMBERED_SAVES)];
    expect(refusedSave(ada(3), remembered, retried)).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(refusedSave(ada(3), forgotten, retried)).toMatchObject({
      code: 'REPOSITORY_FAILED',
      retryable: false,
    });
    expect(refusedSave(ada(3), forgotten, WRITE)).toMatchObject({ code: 'VERSION_CONFLICT' });
  });
});
