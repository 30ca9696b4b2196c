import { describe, expect, test } from 'vitest';
import { cryptoMarkets } from '../../../src/calendars/crypto-markets.js';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { PreviousClose, PreviousClosesSource } from '../../../src/core/calendars/previous-closes.js';
import type { TradingCalendar } from '../../../src/core/calendars/trading-calendar.js';
import { PreviousCloseLoader } from '../../../src/core/ingest/previous-close-loader.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FRIDAY_CLOSE = Date.parse('2026-11-27T18:00:00Z');
const close = (symbol: string, closedAt = FRIDAY_CLOSE): PreviousClose => ({
  symbol,
  price: '1.50',
  closedAt,
});

function world(
  now: string,
  source: PreviousClosesSource,
  calendarOf: (symbol: string) => TradingCalendar | null = () => usEquities,
) {
  const clock = new FakeClock({ now: Date.parse(now) });
  const calls: string[] = [];
  const taken: string[] = [];
  const errors: string[] = [];
  const loader = new PreviousCloseLoader({
    source: (symbols, request) => {
      calls.push(`${new Date(request.at).toISOString().slice(0, 19)} ${symbols.join()}`);
      return typeof source === 'function' ? source(symbols, request) : source.load(symbols, request);
    },
    clock,
    random: () => 1,
    calendarOf,
    onClose: ({ symbol, closedAt }) => taken.push(`${symbol} ${new Date(closedAt).toISOString()}`),
    report: ({ code, message }) => errors.push(`${code} ${message}`),
  });
  return { clock, calls, taken, errors, loader };
}

describe('previous closes are asked for', () => {
  test('at once, and for symbols that are added later, each once', async () => {
    const { clock, calls, taken, loader } = world('2026-11-30T15:00:00Z', (symbols) =>
      Promise.resolve(symbols.map((symbol) => close(symbol))),
    );
    loader.add(['AAPL', 'MSFT']);
    await clock.advance(0);
    loader.add(['AAPL', 'TSLA']);
    await clock.advance(HOUR);
    expect(calls).toEqual(['2026-11-30T15:00:00 AAPL,MSFT', '2026-11-30T15:00:00 TSLA']);
    expect(taken).toHaveLength(3);
    loader.close();
    expect(clock.pending).toBe(0);
  });

  test('when the trading day of its calendar begins; without a calendar when that of UTC does', async () => {
    const { clock, calls, loader } = world(
      '2026-11-27T20:00:00Z',
      (symbols, { at }) =>
        Promise.resolve(
          symbols.map((symbol) =>
            close(symbol, symbol === 'AAPL' ? at : Math.floor(at / 86_400_000) * 86_400_000),
          ),
        ),
      (symbol) => (symbol === 'AAPL' ? usEquities : symbol === 'BTC' ? cryptoMarkets : null),
    );
    loader.add(['AAPL', 'BTC', 'X']);
    await clock.advance(Date.parse('2026-11-30T06:00:00Z') - clock.now());
    expect(calls).toEqual([
      // Trading has ended: the newest close would be that of the running day.
      '2026-11-27T05:00:00 AAPL',
      '2026-11-27T20:00:00 BTC,X',
      '2026-11-28T00:00:05 BTC,X',
      '2026-11-29T00:00:05 BTC,X',
      '2026-11-30T00:00:05 BTC,X',
      // Friday's day ends with Sunday.
      '2026-11-30T05:00:05 AAPL',
    ]);
    loader.close();
  });

  test('again with growing waits while that of the last session is missing, and once more after the opening', async () => {
    let publishedAt = Infinity;
    const { clock, calls, taken, loader } = world('2026-11-30T05:00:05Z', (_symbols, { at }) =>
      Promise.resolve([close('AAPL', at >= publishedAt ? FRIDAY_CLOSE : Date.parse('2026-11-25T21:00:00Z'))]),
    );
    publishedAt = Date.parse('2026-11-30T14:31:00Z');
    loader.add(['AAPL']);
    await clock.advance(9 * HOUR);
    const minutes = calls.map((call) => call.slice(11, 16));
    expect(minutes).toEqual([
      '05:00', '05:00', '05:01', '05:03', '05:07', '05:15', '05:30', '05:45', '06:00', '06:15', '06:30',
    ]); // prettier-ignore
    // An older one is handed on: ingest knows whether it is news.
    expect(taken[0]).toBe('AAPL 2026-11-25T21:00:00.000Z');
    await clock.advance(HOUR);
    expect(calls.slice(11)).toEqual(['2026-11-30T14:31:00 AAPL']);
    expect(taken.at(-1)).toBe('AAPL 2026-11-27T18:00:00.000Z');
    await clock.advance(8 * HOUR);
    expect(calls).toHaveLength(12);
    loader.close();
  });

  test('at most 100 symbols at a time, one call after the other', async () => {
    let underWay = 0;
    let most = 0;
    const { clock, calls, loader } = world('2026-11-30T15:00:00Z', async (symbols) => {
      most = Math.max(most, ++underWay);
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 1000));
      underWay--;
      return symbols.map((symbol) => close(symbol));
    });
    loader.add(Array.from({ length: 250 }, (_, at) => `S${at}`));
    await clock.advance(10_000);
    expect(calls.map((call) => call.split(',').length)).toEqual([100, 100, 50]);
    expect(most).toBe(1);
    loader.close();
  });
});

describe('a source that fails', () => {
  test('is asked again with growing waits, and reported once a minute', async () => {
    let isUp = false;
    const { clock, calls, taken, errors, loader } = world('2026-11-30T15:00:00Z', () => {
      if (!isUp) throw new Error('down');
      return Promise.resolve([close('AAPL')]);
    });
    loader.add(['AAPL']);
    await clock.advance(59_000);
    expect(errors).toEqual(['HANDLER_FAILED previousCloses threw or rejected; it is called again.']);
    // After 2, 4, 8, 16 and 32 s.
    expect(calls).toHaveLength(5);
    isUp = true;
    await clock.advance(10_000);
    expect(taken).toHaveLength(1);
    loader.close();
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['no list', {}],
    ['nothing', undefined],
  ])('answers with %s: that is reported', async (_, answer) => {
    const { clock, errors, loader } = world('2026-11-30T15:00:00Z', () => Promise.resolve(answer as never));
    loader.add(['AAPL']);
    await clock.advance(0);
    expect(errors).toEqual(['INVALID_ARGUMENT previousCloses: expected a list of closes.']);
    loader.close();
  });

  test('does not answer: the call is ended after three minutes, and made again', async () => {
    const signals: AbortSignal[] = [];
    const { clock, errors, loader } = world('2026-11-30T15:00:00Z', (_symbols, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    loader.add(['AAPL']);
    await clock.advance(181_000 + 2000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(errors[0]).toContain('TIMEOUT');
    loader.close();
    expect(signals[1]!.aborted).toBe(true);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(errors).toHaveLength(1);
  });

  test('answers with symbols that it was not asked for: they are dropped', async () => {
    const { clock, taken, loader } = world('2026-11-30T15:00:00Z', () =>
      Promise.resolve([close('OTHER'), null as never, close('AAPL')]),
    );
    loader.add(['AAPL']);
    await clock.advance(0);
    expect(taken).toEqual(['AAPL 2026-11-27T18:00:00.000Z']);
    loader.close();
  });
});
