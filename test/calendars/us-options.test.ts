import { expect, test } from 'vitest';
import { usEquities } from '../../src/calendars/us-equities.js';
import { usOptions } from '../../src/calendars/us-options.js';
import { describeFacts } from './facts.js';

describeFacts(usOptions, {
  sessions: [
    [
      '2025-01-09',
      'closed',
      'NYSE American Options, NYSE Arca Options and Cboe closed (notices of 2024-12-30)',
    ],
    ['2025-06-19', 'closed', 'Juneteenth (NYSE calendar 2025, which names the options markets)'],
    ['2026-11-27', ['14:30', '18:00'], 'half day, 13:15 for eligible options only (NYSE calendar 2026)'],
    ['2025-07-03', ['13:30', '17:00'], 'half day (NYSE calendar 2025)'],
    ['2026-12-24', ['14:30', '18:00'], 'half day (NYSE calendar 2026)'],
    ['2026-03-09', ['13:30', '20:00'], 'summer time since 2026-03-08'],
    ['2026-11-02', ['14:30', '21:00'], 'winter time since 2026-11-01'],
  ],
  days: [
    ['2026-11-29T12:00:00Z', '2026-11-27', 'Sunday is part of Friday'],
    ['2026-11-30T05:00:00Z', '2026-11-27', 'midnight in New York ends the day'],
    ['2026-11-30T05:00:00.001Z', '2026-11-30', 'the day begins after midnight'],
  ],
  open: [['2026-11-27T18:05:00Z', false, 'options on shares close with the shares']],
});

test('has the dates of the shares', () => {
  expect(usOptions.holidays).toEqual(usEquities.holidays);
  expect(usOptions.specialDays).toEqual(usEquities.specialDays);
  expect([usOptions.name, usOptions.label]).toEqual(['us-options', 'US options']);
});
