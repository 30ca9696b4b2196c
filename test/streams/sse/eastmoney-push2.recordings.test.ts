import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recordings, canUseRecording } from '../../requirements.js';
import { decoded } from './eastmoney-decoded.js';
import { parsed } from './reference-parser.js';

describe.skipIf(!canUseRecording('a-shares/push2-ulist-sse.full.txt'))('recorded events of Eastmoney', () => {
  const bytes = (file: string): Buffer => readFileSync(recordings(`a-shares/${file}`).path);
  const dataOf = (file: string): string[] => parsed([bytes(file)]).events.map(({ data }) => data);

  test('a list of shares gives a price for every row, digit for digit', () => {
    const events = dataOf('push2-ulist-sse.full.txt');
    const { updates, stats } = decoded(['000882', '002336.SZ', '002176', '300059'], events, { fltt: 1 });
    expect(
      updates.map(({ symbol, price, previousClose, bid, ask }) => [symbol, price, previousClose, bid, ask]),
    ).toEqual([
      ['000882', '1.87', '1.90', '1.86', '1.87'],
      ['002336.SZ', '15.02', '15.37', '15.02', '15.03'],
      ['002176', '9.20', '9.58', '9.20', '9.21'],
      ['300059', '15.34', '15.66', '15.34', '15.35'],
    ]);
    expect(stats).toEqual({ prices: 4, control: {}, rejected: {}, unexplained: 0 });
  });

  test('events of single instruments are keep-alives, or rejected for missing decimals', () => {
    const events = dataOf('push2-stock-sse.lines.txt');
    expect(events).toHaveLength(3);
    expect(decoded(['000001.SH'], events, { fltt: 1 }).stats).toEqual({
      prices: 0,
      control: { 'keep-alive': 1, 'no-quotes': 1 },
      // The recording leaves out f59, without which 309298 may be any price.
      rejected: { 'no-decimals': 1 },
      unexplained: 0,
    });
  });

  test('a page of the list of all shares gives a price for every share', () => {
    const page = bytes('push2-clist-2026-07-08.json').toString();
    const { updates, stats } = decoded(['000001', '000002', '000003'], [page]);
    expect(updates.map(({ symbol, price, state, timestamp }) => [symbol, price, state, timestamp])).toEqual([
      ['000001', '10.47', 'open', 1_783_409_697_000],
      ['000002', '2.99', 'open', 1_783_409_697_000],
      ['000003', '2.71', 'halted', 1_783_382_400_000],
    ]);
    expect(stats).toEqual({ prices: 3, control: {}, rejected: {}, unexplained: 0 });
  });
});
