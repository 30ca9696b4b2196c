import { describe, expect, test } from 'vitest';
import { en } from '../../examples/demo/page/messages-en.js';
import { titleOf, type TitleFacts } from '../../examples/demo/page/title.js';
import { portfolioValue } from '../client/messages.js';

const title = (facts: Partial<TitleFacts>): string => {
  const totals = portfolioValue('desk', '1234.50');
  return titleOf({ id: 'desk', totals, state: 'live', standsSince: null, ...facts }, en, 'en');
};

describe('the title of the page', () => {
  test.each<[string, Partial<TitleFacts>]>([
    ['1,234.50 USD · desk · Live', {}],
    ['1,234.50 USD · Growth · Live', { id: 'growth' }],
    ['desk · Live', { totals: null }],
    ['Reconnecting · 1,234.50 USD · desk', { state: 'reconnecting' }],
    ['Feed is down · 1,234.50 USD · desk', { state: 'stale', standsSince: '14:05:09' }],
    ['Not updated since 14:05:09 · 1,234.50 USD · desk', { standsSince: '14:05:09' }],
  ])('is %s', (text, facts) => {
    expect(title(facts)).toBe(text);
  });

  test('says that a value is not complete', () => {
    expect(title({ totals: portfolioValue('desk', null) })).toBe('0 USD (incomplete) · desk · Live');
  });
});
