import { xetra } from '../../src/calendars/xetra.js';
import { describeFacts } from './facts.js';

describeFacts(xetra, {
  sessions: [
    ['2024-05-09', ['07:00', '15:30'], 'open on Ascension Day (Deutsche Börse, trading calendar)'],
    ['2024-05-20', ['07:00', '15:30'], 'open on Whit Monday (Deutsche Börse, trading calendar)'],
    ['2024-10-03', ['07:00', '15:30'], 'open on the Day of German Unity (Deutsche Börse, trading calendar)'],
    ['2026-05-01', 'closed', 'Labour Day (Deutsche Börse, trading calendar)'],
    ['2026-12-24', 'closed', 'no trading on Christmas Eve (Deutsche Börse, trading calendar)'],
    ['2026-12-31', 'closed', 'no trading on the last day of the year (Deutsche Börse, trading calendar)'],
    ['2026-12-30', ['08:00', '13:00'], 'last trading day: closing auction from 14:00 (Deutsche Börse)'],
    ['2028-12-29', ['08:00', '13:00'], 'the last trading day where 30 December is a Saturday'],
    ['2029-12-31', 'closed', 'the last date that is published (Deutsche Börse, trading calendar)'],
    ['2026-03-27', ['08:00', '16:30'], 'winter time until 2026-03-29'],
    ['2026-03-30', ['07:00', '15:30'], 'summer time since 2026-03-29'],
    ['2026-10-26', ['08:00', '16:30'], 'winter time since 2026-10-25'],
  ],
  days: [
    ['2026-12-31T12:00:00Z', '2026-12-30', 'New Year is part of the last trading day'],
    ['2026-12-29T23:00:00Z', '2026-12-29', 'midnight in Frankfurt ends the day'],
    ['2026-12-29T23:00:00.001Z', '2026-12-30', 'the day begins after midnight'],
    ['2029-12-31T23:00:00.001Z', null, '2030 is not covered'],
  ],
  open: [['2026-12-30T13:00:00Z', false, 'from 14:00 on the last trading day']],
});
