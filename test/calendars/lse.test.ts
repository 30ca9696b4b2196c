import { lse } from '../../src/calendars/lse.js';
import { describeFacts } from './facts.js';

describeFacts(lse, {
  sessions: [
    ['2024-05-06', 'closed', 'early May bank holiday (GOV.UK)'],
    ['2026-08-31', 'closed', 'summer bank holiday (GOV.UK)'],
    ['2026-12-28', 'closed', 'substitute day for Boxing Day on a Saturday (GOV.UK)'],
    ['2027-12-27', 'closed', 'substitute day for Christmas on a Saturday (GOV.UK)'],
    ['2027-12-28', 'closed', 'substitute day for Boxing Day on a Sunday (GOV.UK)'],
    ['2026-01-02', ['08:00', '16:30'], 'a holiday in Scotland only (London Stock Exchange, business days)'],
    ['2026-12-24', ['08:00', '12:30'], 'half day (London Stock Exchange, business days)'],
    ['2024-12-31', ['08:00', '12:30'], 'half day (London Stock Exchange, business days)'],
    ['2026-03-27', ['08:00', '16:30'], 'winter time until 2026-03-29'],
    ['2026-03-30', ['07:00', '15:30'], 'summer time since 2026-03-29'],
    ['2026-10-26', ['08:00', '16:30'], 'winter time since 2026-10-25'],
  ],
  days: [
    ['2026-04-05T12:00:00Z', '2026-04-02', 'Easter is part of the Thursday before it'],
    ['2026-04-06T23:00:00Z', '2026-04-02', 'midnight in London ends the day'],
    ['2026-04-06T23:00:00.001Z', '2026-04-07', 'the day begins after midnight'],
  ],
  open: [
    ['2026-12-24T12:29:59.999Z', true, 'until 12:30'],
    ['2026-12-24T12:30:00Z', false, 'from 12:30 on'],
  ],
});
