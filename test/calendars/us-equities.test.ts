import { usEquities } from '../../src/calendars/us-equities.js';
import { describeFacts } from './facts.js';

describeFacts(usEquities, {
  sessions: [
    ['2025-01-09', 'closed', 'NYSE and Nasdaq closed for the day of mourning (notices of 2024-12-30)'],
    ['2026-04-03', 'closed', 'Good Friday (NYSE calendar 2026)'],
    ['2026-07-03', 'closed', 'Independence Day, observed on Friday (NYSE calendar 2026)'],
    ['2026-07-02', ['13:30', '20:00'], 'no half day before an observed holiday (NYSE calendar 2026)'],
    ['2026-11-27', ['14:30', '18:00'], 'half day after Thanksgiving (NYSE calendar 2026)'],
    ['2027-12-23', ['14:30', '21:00'], 'no half day in December 2027 (NYSE calendar 2027)'],
    ['2027-12-24', 'closed', 'Christmas, observed on Friday (NYSE calendar 2027)'],
    ['2027-12-31', ['14:30', '21:00'], 'New Year on a Saturday is not observed (NYSE calendar 2028)'],
    ['2028-07-03', ['13:30', '17:00'], 'half day before Independence Day (NYSE calendar 2028)'],
    [
      '2026-03-06',
      ['14:30', '21:00'],
      'winter time: clocks change on 2026-03-08 (Energy Policy Act of 2005)',
    ],
    ['2026-03-09', ['13:30', '20:00'], 'summer time since 2026-03-08'],
    ['2026-10-30', ['13:30', '20:00'], 'summer time until 2026-11-01'],
    ['2026-11-02', ['14:30', '21:00'], 'winter time since 2026-11-01'],
  ],
  days: [
    ['2026-11-28T12:00:00Z', '2026-11-27', 'Saturday is part of Friday'],
    ['2026-11-30T05:00:00Z', '2026-11-27', 'midnight in New York itself ends the day'],
    ['2026-11-30T05:00:00.001Z', '2026-11-30', 'the day begins after midnight'],
    ['2026-11-26T18:00:00Z', '2026-11-25', 'Thanksgiving is part of the session before it'],
    ['2026-09-07T15:00:00Z', '2026-09-04', 'Labor Day is part of the Friday before the long weekend'],
    ['2024-01-02T05:00:00Z', null, '2023 is not covered, and this is still part of its last day'],
    ['2029-01-01T05:00:00Z', '2028-12-29', 'the last moment that is covered'],
    ['2029-01-01T05:00:00.001Z', null, '2029 is not covered'],
  ],
  open: [
    ['2026-11-27T14:29:59.999Z', false, 'before 09:30'],
    ['2026-11-27T14:30:00Z', true, 'from 09:30'],
    ['2026-11-27T18:00:00Z', false, 'from 13:00 on a half day'],
    ['2026-11-25T20:59:59.999Z', true, 'until 16:00'],
    ['2029-01-02T15:00:00Z', null, 'not covered'],
  ],
});
