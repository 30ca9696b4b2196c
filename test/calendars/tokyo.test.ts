import { tokyo } from '../../src/calendars/tokyo.js';
import { describeFacts } from './facts.js';

const LUNCH = ['02:30', '03:30'] as const;

describeFacts(tokyo, {
  sessions: [
    ['2024-11-01', ['00:00', '06:00', LUNCH], 'closes at 15:00 until 2024-11-04 (Tokyo Stock Exchange)'],
    ['2024-11-05', ['00:00', '06:30', LUNCH], 'closes at 15:30 since this date (Tokyo Stock Exchange)'],
    ['2024-08-12', 'closed', 'substitute for Mountain Day on a Sunday (Cabinet Office)'],
    ['2025-05-06', 'closed', 'substitute for Greenery Day on a Sunday (Cabinet Office)'],
    ['2026-09-22', 'closed', 'between two holidays (Act on National Holidays, article 3)'],
    ['2027-03-22', 'closed', 'substitute for the vernal equinox on a Sunday (Cabinet Office, 2026-02-02)'],
    ['2027-09-23', 'closed', 'autumnal equinox (Cabinet Office, 2026-02-02)'],
    ['2024-12-31', 'closed', 'closed from 31 December to 3 January (Japan Exchange Group)'],
    [
      '2026-12-30',
      ['00:00', '06:30', LUNCH],
      'the last session of a year is a full one (Japan Exchange Group)',
    ],
    ['2027-01-04', ['00:00', '06:30', LUNCH], 'the first session of a year (Japan Exchange Group)'],
    ['2026-03-30', ['00:00', '06:30', LUNCH], 'Japan does not change its clocks'],
  ],
  days: [
    ['2026-09-23T03:00:00Z', '2026-09-18', 'five days without trading are part of Friday'],
    ['2026-11-30T15:00:00Z', '2026-11-30', 'midnight in Tokyo ends the day'],
    ['2026-11-30T15:00:00.001Z', '2026-12-01', 'the day begins after midnight'],
  ],
  open: [
    ['2026-11-30T02:30:00Z', false, 'lunch from 11:30'],
    ['2026-11-30T03:30:00Z', true, 'until 12:30'],
    ['2024-11-01T06:00:00Z', false, 'from 15:00 before November 2024'],
    ['2024-11-05T06:00:00Z', true, 'until 15:30 since then'],
  ],
});
