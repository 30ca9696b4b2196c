import { hongKong } from '../../src/calendars/hong-kong.js';
import { describeFacts } from './facts.js';

const LUNCH = ['04:00', '05:00'] as const;

describeFacts(hongKong, {
  sessions: [
    ['2024-02-09', ['01:30', '04:00'], 'half day on the eve of Lunar New Year (HKEX, trading hours)'],
    [
      '2024-02-13',
      'closed',
      'fourth day of Lunar New Year, as the second is a Sunday (Government of Hong Kong)',
    ],
    ['2024-09-06', 'closed', 'typhoon Yagi: no trading all day (HKEX, 2024-09-06)'],
    [
      '2025-09-23',
      ['01:30', '08:00', LUNCH],
      'typhoon Ragasa: markets trade in severe weather since 2024-09-23',
    ],
    ['2025-10-29', 'closed', 'Chung Yeung Festival (Government of Hong Kong)'],
    [
      '2026-04-07',
      'closed',
      'additional holiday, as Ching Ming meets Easter (Government of Hong Kong, 2025-05-16)',
    ],
    [
      '2026-10-19',
      'closed',
      'day after Chung Yeung, which is a Sunday (Government of Hong Kong, 2025-05-16)',
    ],
    ['2026-02-16', ['01:30', '04:00'], 'half day on the eve of Lunar New Year (HKEX, trading hours)'],
    ['2026-12-24', ['01:30', '04:00'], 'half day on Christmas Eve (HKEX, trading hours)'],
    ['2025-12-31', ['01:30', '04:00'], 'half day on New Year’s Eve (HKEX, trading hours)'],
    [
      '2027-02-09',
      'closed',
      'fourth day of Lunar New Year, as the second is a Sunday (Government of Hong Kong)',
    ],
    ['2027-12-27', 'closed', 'first weekday after Christmas (Government of Hong Kong)'],
    ['2026-11-30', ['01:30', '08:00', LUNCH], '09:30 to 16:00, without clock changes'],
  ],
  days: [
    ['2026-02-19T04:00:00Z', '2026-02-16', 'Lunar New Year is part of its eve'],
    ['2026-11-30T16:00:00Z', '2026-11-30', 'midnight in Hong Kong ends the day'],
    ['2026-11-30T16:00:00.001Z', '2026-12-01', 'the day begins after midnight'],
  ],
  open: [
    ['2026-11-30T04:00:00Z', false, 'lunch from 12:00'],
    ['2026-11-30T05:00:00Z', true, 'until 13:00'],
    ['2026-12-24T05:00:00Z', false, 'no afternoon on Christmas Eve'],
  ],
});
