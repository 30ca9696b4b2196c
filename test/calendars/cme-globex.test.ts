import { expect, test } from 'vitest';
import { cmeGlobex } from '../../src/calendars/cme-globex.js';
import { describeFacts } from './facts.js';

describeFacts(cmeGlobex, {
  sessions: [
    ['2026-01-19', 'closed', 'no trade date on Martin Luther King Day (CME holiday hours, January 2026)'],
    [
      '2026-01-20',
      ['2026-01-18T23:00Z', '22:00', ['2026-01-19T18:00Z', '2026-01-19T23:00Z']],
      'trade date from Sunday 17:00, with a halt on Monday from 12:00 to 17:00 (CME holiday hours, January 2026)',
    ],
    ['2025-04-18', 'closed', 'Good Friday: Globex is closed (CME holiday hours 2025)'],
    ['2026-04-03', ['2026-04-02T22:00Z', '13:15'], 'Good Friday: open until 08:15 (CME holiday hours 2026)'],
    ['2025-01-09', ['2025-01-08T23:00Z', '14:30'], 'day of mourning: until 08:30 (CME notice of 2024-12-30)'],
    ['2024-07-03', ['2024-07-02T22:00Z', '17:15'], 'early close at 12:15 (CME holiday hours, July 2024)'],
    [
      '2024-07-05',
      ['2024-07-03T22:00Z', '21:00', ['2024-07-04T17:00Z', '2024-07-04T22:00Z']],
      'opens on 3 July for the trade date of 5 July (CME holiday hours, July 2024)',
    ],
    [
      '2026-06-22',
      ['2026-06-18T22:00Z', '21:00', ['2026-06-19T17:00Z', '2026-06-21T22:00Z']],
      'Juneteenth on a Friday: open until 12:00 for the trade date of Monday (CME holiday hours, June 2026)',
    ],
    [
      '2026-11-27',
      ['2026-11-25T23:00Z', '18:15', ['2026-11-26T18:00Z', '2026-11-26T23:00Z']],
      'halt on Thanksgiving at 12:00, early close on Friday at 12:15 (CME holiday hours, November 2026)',
    ],
    ['2025-12-25', 'closed', 'Christmas (CME holiday hours, December 2025)'],
    ['2025-12-26', ['2025-12-25T23:00Z', '22:00'], 'opens on Christmas at 17:00'],
    ['2026-03-06', ['2026-03-05T23:00Z', '22:00'], 'winter time until 2026-03-08'],
    ['2026-03-09', ['2026-03-08T22:00Z', '21:00'], 'opens on the Sunday on which clocks change'],
    ['2026-11-02', ['2026-11-01T23:00Z', '22:00'], 'opens on the Sunday on which clocks are set back'],
  ],
  days: [
    ['2026-03-06T22:00:00Z', '2026-03-06', 'the day ends with the close on Friday'],
    ['2026-03-06T22:00:00.001Z', '2026-03-09', 'the weekend is part of Monday'],
    ['2026-01-19T20:00:00Z', '2026-01-20', 'a halt is part of the session'],
    ['2026-07-03T18:00:00Z', '2026-07-06', 'Independence Day is part of the Monday after it'],
    ['2024-01-01T12:00:00Z', '2024-01-02', 'the first day begins with the year'],
    ['2026-12-31T22:00:00Z', '2026-12-31', 'the last moment that is covered'],
    ['2026-12-31T22:00:00.001Z', null, 'what follows is part of a day of 2027'],
  ],
  open: [
    ['2026-03-08T22:00:00Z', true, 'from Sunday 17:00'],
    ['2026-03-09T21:00:00Z', false, 'one hour from 16:00'],
    ['2026-03-09T22:00:00Z', true, 'from 17:00 for the next trade date'],
    ['2026-01-19T18:00:00Z', false, 'halt at noon'],
    ['2026-01-19T23:00:00Z', true, 'trading resumes'],
  ],
});

test('a session with a halt that closes as usual is not shortened; one that closes early is', () => {
  const dates = ['2026-01-20', '2026-11-27', '2026-12-24', '2026-11-30'];
  expect(dates.map((date) => cmeGlobex.session(date)?.isShortened)).toEqual([false, true, true, false]);
});
