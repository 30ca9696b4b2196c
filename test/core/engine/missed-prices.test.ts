import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { MissedPrices } from '../../../src/core/engine/missed-prices.js';

function setup() {
  const clock = new FakeClock();
  const asked: (string | null)[] = [];
  const blind: string[] = [];
  const continuity = new MissedPrices({
    clock,
    random: () => 0.5,
    request: (publisher) => void asked.push(publisher),
    onUnanswered: (publisher) => void blind.push(publisher),
  });
  const heard = (first: number, last = first, publisher = 'a') =>
    continuity.received({ publisher, first, last });
  const head = { type: '', id: '', occurredAt: 0, publisher: 'a' };
  const heartbeat = (last: number) => continuity.heartbeat({ ...head, last });
  const snapshot = (first: number, last: number) => continuity.snapshot({ ...head, first, last, gaps: [] });
  return { clock, asked, blind, continuity, heard, heartbeat, snapshot };
}

describe('no price is missing', () => {
  test('while numbers continue, in one message or several, or come twice', () => {
    const { heard, heartbeat, continuity, asked } = setup();
    heard(1);
    heard(2, 5);
    heard(3);
    heartbeat(5);
    heard(1, 1, 'b');
    heard(6);
    continuity.received(null);
    expect([continuity.isMissing, continuity.missed, asked]).toEqual([false, 0, []]);
  });
});

describe('prices are requested', () => {
  test('of all publishers at the start', () => {
    const { continuity, asked } = setup();
    continuity.start();
    expect(asked).toEqual([null]);
  });

  test.each([
    ['a number is left out', (s: ReturnType<typeof setup>) => (s.heard(1), s.heard(3))],
    ['the first number heard is not the first', (s: ReturnType<typeof setup>) => s.heard(2)],
    [
      'a heartbeat has a number that was not received',
      (s: ReturnType<typeof setup>) => (s.heard(1), s.heartbeat(2)),
    ],
    ['a heartbeat comes from an unknown publisher', (s: ReturnType<typeof setup>) => s.heartbeat(1)],
    ['the bus has lost something', (s: ReturnType<typeof setup>) => (s.heard(1), s.continuity.busGap())],
  ])('when %s, once a second until a whole snapshot has come', async (_, lose) => {
    const s = setup();
    lose(s);
    expect([s.asked, s.continuity.isMissing, s.continuity.missed]).toEqual([['a'], true, 1]);
    await s.clock.advance(2000);
    expect(s.asked).toEqual(['a', 'a', 'a']);
    s.heard(10, 12);
    expect(s.snapshot(10, 12)).toBe(true);
    await s.clock.advance(10_000);
    expect([s.asked.length, s.continuity.isMissing, s.clock.pending, s.blind]).toEqual([3, false, 0, []]);
  });

  test('again when a message of the snapshot was lost, or only its end came', async () => {
    const { clock, heard, snapshot, continuity, asked } = setup();
    heard(2);
    heard(10);
    heard(12);
    expect(snapshot(10, 12)).toBe(false);
    await clock.advance(1000);
    expect(snapshot(13, 14)).toBe(false);
    await clock.advance(1000);
    expect(asked).toHaveLength(3);
    heard(15, 17);
    expect(snapshot(15, 17)).toBe(true);
    expect([continuity.isMissing, continuity.missed]).toEqual([false, 1]);
    heard(19);
    expect(continuity.missed).toBe(2);
  });

  test('and reported as unanswered after 5 s; a publisher that stays silent is forgotten', async () => {
    const { clock, heard, asked, blind, continuity } = setup();
    heard(2);
    await clock.advance(4999);
    expect(blind).toEqual([]);
    await clock.advance(1);
    expect(blind).toEqual(['a']);
    await clock.advance(120_000);
    expect([asked.length, clock.pending, continuity.isMissing]).toEqual([60, 0, false]);
  });

  test('no longer after stop()', async () => {
    const { clock, heard, asked, continuity } = setup();
    heard(2);
    continuity.stop();
    heard(9);
    continuity.busGap();
    await clock.advance(5000);
    expect([asked.length, clock.pending]).toEqual([1, 0]);
  });
});

test('only a limited number of publishers is remembered', () => {
  const { heard, continuity, asked } = setup();
  for (let n = 0; n < 200; n++) heard(1, 1, `p${n}`);
  heard(2, 2, 'p199');
  expect([continuity.missed, asked]).toEqual([0, []]);
  heard(2, 2, 'p0');
  expect(asked).toEqual(['p0']);
});
