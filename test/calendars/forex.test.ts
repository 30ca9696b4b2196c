import { expect, test } from 'vitest';
import { forex } from '../../src/calendars/forex.js';
import { describeFacts } from './facts.js';

describeFacts(forex, {
  sessions: [
    ['2026-11-28', 'closed', 'Saturday'],
    ['2026-11-29', 'closed', 'Sunday evening is part of Monday’s session'],
    ['2026-11-30', ['2026-11-29T22:00Z', '22:00'], 'from Sunday 17:00 in New York'],
    ['2026-11-27', ['2026-11-26T22:00Z', '22:00'], 'until Friday 17:00 in New York'],
    ['2026-12-25', ['2026-12-24T22:00Z', '22:00'], 'no holidays between banks'],
    ['2026-03-06', ['2026-03-05T22:00Z', '22:00'], 'winter time until 2026-03-08'],
    ['2026-03-09', ['2026-03-08T21:00Z', '21:00'], 'opens on the Sunday on which clocks change'],
    ['2026-11-02', ['2026-11-01T22:00Z', '22:00'], 'opens on the Sunday on which clocks are set back'],
  ],
  days: [
    ['2026-11-27T22:00:00Z', '2026-11-27', 'Friday 17:00 itself ends the day'],
    ['2026-11-27T22:00:00.001Z', '2026-11-30', 'the weekend is part of Monday'],
    ['2026-11-30T22:00:00Z', '2026-11-30', 'Monday ends at 17:00 in New York'],
    ['2026-11-30T22:00:00.001Z', '2026-12-01', 'and Tuesday begins'],
    ['2040-01-02T12:00:00Z', '2040-01-02', 'covered for good'],
  ],
  open: [
    ['2026-11-30T22:00:00Z', true, 'at the change of days'],
    ['2026-11-27T22:00:00Z', false, 'from Friday 17:00'],
    ['2026-11-29T22:00:00Z', true, 'from Sunday 17:00'],
  ],
});

test('closes on Friday and opens on Sunday, and at no change of days', () => {
  const closes = forex.nextChange(Date.parse('2026-11-25T12:00:00Z'))!;
  expect(new Date(closes).toISOString()).toBe('2026-11-27T22:00:00.000Z');
  expect(new Date(forex.nextChange(closes)!).toISOString()).toBe('2026-11-29T22:00:00.000Z');
});
