import { euronext } from '../../src/calendars/euronext.js';
import { describeFacts } from './facts.js';

describeFacts(euronext, {
  sessions: [
    ['2025-04-21', 'closed', 'Easter Monday (Euronext, trading hours and holidays)'],
    ['2026-05-01', 'closed', 'Labour Day (Euronext, trading hours and holidays)'],
    ['2025-12-26', 'closed', 'Boxing Day (Euronext, trading hours and holidays)'],
    ['2026-05-14', ['07:00', '15:30'], 'open on Ascension Day, which is no day of its list'],
    ['2026-07-14', ['07:00', '15:30'], 'open on the French national day, which is no day of its list'],
    ['2025-05-08', ['07:00', '15:30'], 'open on Victory Day, which is no day of its list'],
    ['2026-12-24', ['08:00', '13:05'], 'half day until 14:05 (Euronext, trading hours and holidays)'],
    ['2025-12-31', ['08:00', '13:05'], 'half day until 14:05 (Euronext, trading hours and holidays)'],
    ['2026-03-27', ['08:00', '16:30'], 'winter time until 2026-03-29'],
    ['2026-03-30', ['07:00', '15:30'], 'summer time since 2026-03-29'],
    ['2026-10-26', ['08:00', '16:30'], 'winter time since 2026-10-25'],
  ],
  days: [
    ['2026-04-04T12:00:00Z', '2026-04-02', 'Easter is part of the Thursday before it'],
    ['2026-04-06T22:00:00Z', '2026-04-02', 'midnight in Paris ends the day'],
    ['2026-04-06T22:00:00.001Z', '2026-04-07', 'the day begins after midnight'],
  ],
  open: [['2026-12-24T13:05:00Z', false, 'from 14:05 on a half day']],
});
