import { describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { Backoff, retryDelay } from '../../src/core/backoff.js';
import { parseRetryAfter } from '../../src/streams/connection/retry-after.js';

const most = () => 0.999999;

describe('Backoff', () => {
  test('doubles the longest wait from 250 ms to 2 s, and waits up to 30 s after two minutes of outage', async () => {
    const clock = new FakeClock();
    const backoff = new Backoff({ clock, random: most });
    const waits = Array.from({ length: 6 }, () => Math.round(backoff.next()));
    expect(waits).toEqual([250, 500, 1000, 2000, 2000, 2000]);
    await clock.advance(119_999);
    expect(Math.round(backoff.next())).toBe(2000);
    await clock.advance(1);
    expect(Math.round(backoff.next())).toBe(30_000);
  });

  test('spreads waits evenly from 0 to the longest', () => {
    const random = seededRandom(7);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const wait = new Backoff({ clock: new FakeClock(), random }).next();
      bins[Math.floor(wait / 25)]!++;
    }
    for (const count of bins) expect(count).toBeGreaterThan(850);
  });

  test.each([
    ['data and 5 s', true, 5000, 250],
    ['data but less than 5 s', true, 4999, 1000],
    ['5 s without data', false, 60_000, 1000],
  ])(
    'after two failures, starts with short waits again only if the link was up long enough with data: %s',
    async (_, hasData, upMs, expected) => {
      const clock = new FakeClock();
      const backoff = new Backoff({ clock, random: most });
      backoff.next();
      backoff.next();
      backoff.up();
      if (hasData) backoff.data();
      await clock.advance(upMs);
      expect(Math.round(backoff.next())).toBe(expected);
    },
  );

  test('data of an earlier link does not reset the waits of a later one', async () => {
    const clock = new FakeClock();
    const backoff = new Backoff({ clock, random: most });
    backoff.up();
    backoff.data();
    backoff.next();
    backoff.up();
    await clock.advance(6000);
    expect(Math.round(backoff.next())).toBe(500);
  });

  test('waits as long as the server requests, plus jitter', async () => {
    const clock = new FakeClock();
    const backoff = new Backoff({ clock, random: most });
    backoff.retryAfter(7000);
    expect(Math.round(backoff.next())).toBe(7250);
    await clock.advance(7000);
    expect(Math.round(backoff.next())).toBe(500);
  });
});

describe('readRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  test.each([
    ['7', 7000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999', 86_400_000],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %o', (text, expected) => expect(parseRetryAfter(text, now)).toBe(expected));
});

describe('retryDelay()', () => {
  const bounds = { firstMs: 100, capMs: 1000 };

  test.each([
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [10_000, 1000],
  ])('after %s failures draws from up to %s ms', (failures, bound) => {
    expect(retryDelay(failures, bounds, () => 0.5)).toBe(bound / 2);
    expect(retryDelay(failures, bounds, () => 0)).toBe(0);
  });
});
