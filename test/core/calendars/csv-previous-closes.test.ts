import { describe, expect, test } from 'vitest';
import { cryptoMarkets } from '../../../src/calendars/crypto-markets.js';
import { usEquities } from '../../../src/calendars/us-equities.js';
import {
  csvPreviousCloses,
  type CsvPreviousClosesOptions,
} from '../../../src/core/calendars/csv-previous-closes.js';

const at = (time: string): number => Date.parse(time);
const load = (
  text: string,
  symbols: string[],
  time = '2026-11-30T15:00Z',
  options: CsvPreviousClosesOptions = { calendar: usEquities },
) => csvPreviousCloses(text, options).load(symbols, { at: at(time), signal: new AbortController().signal });

describe('previous closes of a CSV', () => {
  test('are the newest of each symbol; a date means the close of its session', async () => {
    const text =
      'Symbol,Date,Close,Currency,Note\r\nAAPL,2026-11-25,230.10,USD,x\r\nAAPL,2026-11-27,231.50,USD,half day\r\nMSFT,2026-11-27,500,,\r\n\r\n';
    expect(await load(text, ['AAPL', 'MSFT', 'TSLA'])).toEqual([
      { symbol: 'AAPL', price: '231.50', closedAt: at('2026-11-27T18:00Z'), currency: 'USD' },
      { symbol: 'MSFT', price: '500', closedAt: at('2026-11-27T18:00Z') },
    ]);
    expect(await load(text, ['AAPL'], '2026-11-27T15:00Z')).toMatchObject([{ price: '230.10' }]);
    expect(await load(text, ['AAPL'], '2026-11-24T15:00Z')).toEqual([]);
  });

  test('have a time of their own, in ms or ISO 8601, and quoted fields', async () => {
    const text = 'time,close,symbol\n"2026-11-27T18:00:00Z","1.5","A,""B"""\n1795802400000,2,C\n';
    const closedAt = at('2026-11-27T18:00Z');
    expect(await load(text, ['A,"B"', 'C'], '2026-11-30T15:00Z', {})).toEqual([
      { symbol: 'A,"B"', price: '1.5', closedAt },
      { symbol: 'C', price: '2', closedAt },
    ]);
  });

  test('are dated by the calendar of each symbol: a day of UTC ends when the next one begins', async () => {
    const calendar = (symbol: string) => (symbol === 'BTC' ? cryptoMarkets : usEquities);
    const closes = await load('symbol,date,close\nBTC,2026-11-29,9\n', ['BTC'], '2026-11-30T15:00Z', {
      calendar,
    });
    expect(closes).toEqual([{ symbol: 'BTC', price: '9', closedAt: at('2026-11-30T00:00Z') }]);
  });

  test.each([
    ['symbol,close\n', 'a column date or time'],
    ['symbol,date\n', 'a column close'],
    ['symbol,date,close\nAAPL,2026-11-28,1\n', 'line 2'],
    ['symbol,date,close\n,2026-11-27,1\n', 'line 2: no symbol'],
    ['symbol,date,close\nAAPL,2026-11-27,1\nAAPL,2026-11-27,1e5\n', 'line 3'],
    ['symbol,time,close\nAAPL,2026-11-27T18:00,1\n', 'a time such as'],
    // Date.parse reads the first in the zone of the machine, and the second as 2 March.
    ['symbol,time,close\nAAPL,05-03-2026,1\n', 'a time such as'],
    ['symbol,time,close\nAAPL,2026-02-30T18:00:00Z,1\n', 'a time such as'],
    ['symbol,time,close\nAAPL,1795802400,1\n', 'a time such as'],
    ['symbol,time,close\nAAPL,1795802400000000,1\n', 'a time such as'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => csvPreviousCloses(text, { calendar: usEquities })).toThrow(message);
  });

  test('with dates need a calendar', () => {
    expect(() => csvPreviousCloses('symbol,date,close\nAAPL,2026-11-27,1\n')).toThrow(
      'a date needs a calendar',
    );
  });
});
