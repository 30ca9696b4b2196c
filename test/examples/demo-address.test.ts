import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { choose, hashOf, idIn } from '../../examples/demo/page/address.js';

describe('an address', () => {
  test('names any id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (id) => {
        expect(idIn(hashOf(id))).toBe(id);
      }),
    );
  });

  test('is never refused: what is not encoded as it should be is taken as it stands', () => {
    expect(idIn('#100%')).toBe('100%');
    expect(idIn('#%E0%A4%A')).toBe('%E0%A4%A');
    expect(idIn('')).toBe('');
    fc.assert(fc.property(fc.string(), (text) => void idIn(`#${text}`)));
  });

  test('chooses a portfolio that is known, and otherwise the first, saying so', () => {
    const known = ['growth', 'desk'];
    expect(choose('desk', known)).toEqual({ id: 'desk', unknown: null });
    expect(choose('', known)).toEqual({ id: 'growth', unknown: null });
    expect(choose('100%', known)).toEqual({ id: 'growth', unknown: '100%' });
    expect(choose('desk', [])).toEqual({ id: null, unknown: 'desk' });
  });
});
