import { expect, test } from 'vitest';
import { mainlandChina } from '../../src/calendars/mainland-china.js';
import { describeFacts } from './facts.js';

const LUNCH = ['03:30', '05:00'] as const;

describeFacts(mainlandChina, {
  sessions: [
    ['2024-02-09', 'closed', 'eve of Spring Festival, a working day elsewhere (SSE notice of 2023-12-26)'],
    ['2025-01-28', 'closed', 'Spring Festival from 28 January to 4 February (SSE notice of 2024-12-23)'],
    ['2025-10-08', 'closed', 'National Day and Mid-Autumn until 8 October (SSE notice of 2024-12-23)'],
    ['2026-01-02', 'closed', 'New Year from 1 to 3 January (SSE notice of 2025-12-22)'],
    ['2026-02-23', 'closed', 'Spring Festival until 23 February (SSE notice of 2025-12-22)'],
    ['2026-02-24', ['01:30', '07:00', LUNCH], 'open again on 24 February (SSE notice of 2025-12-22)'],
    ['2026-02-14', 'closed', 'a working Saturday without trading (SSE notice of 2025-12-22)'],
    ['2026-09-20', 'closed', 'a working Sunday without trading (SSE notice of 2025-12-22)'],
    ['2026-10-08', ['01:30', '07:00', LUNCH], 'open again on 8 October (SSE notice of 2025-12-22)'],
    ['2026-05-04', 'closed', 'Labour Day from 1 to 5 May (SSE notice of 2025-12-22)'],
    ['2026-03-30', ['01:30', '07:00', LUNCH], 'China does not change its clocks'],
  ],
  days: [
    ['2026-02-20T04:00:00Z', '2026-02-13', 'Spring Festival is part of the Friday before it'],
    ['2026-11-30T16:00:00Z', '2026-11-30', 'midnight in Shanghai ends the day'],
    ['2026-11-30T16:00:00.001Z', '2026-12-01', 'the day begins after midnight'],
    ['2026-12-31T16:00:00.001Z', null, '2027 is published in December 2026'],
  ],
  open: [
    ['2026-11-30T03:30:00Z', false, 'lunch from 11:30'],
    ['2026-11-30T05:00:00Z', true, 'until 13:00'],
  ],
});

test('never has a session on a weekend', () => {
  expect(Object.keys(mainlandChina.specialDays)).toEqual([]);
  expect(mainlandChina.trading).not.toHaveProperty('saturday');
});
