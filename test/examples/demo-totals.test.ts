import { describe, expect, test } from 'vitest';
import { totalsOf } from '../../examples/demo/page/totals.js';
import { portfolioValue } from '../client/messages.js';

const [ofRows, own] = [portfolioValue('desk', '1'), portfolioValue('desk', '2')];

describe('the totals that are shown of a portfolio', () => {
  test('are those of its rows, and without rows its own', () => {
    expect(totalsOf({ totals: ofRows }, { value: own })).toBe(ofRows);
    expect(totalsOf({ totals: null }, { value: own })).toBe(own);
    expect(totalsOf(undefined, { value: own })).toBe(own);
    expect(totalsOf(undefined, undefined)).toBeNull();
  });
});
