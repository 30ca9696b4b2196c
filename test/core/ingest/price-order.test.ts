import { describe, expect, test } from 'vitest';
import { PriceOrder } from '../../../src/core/ingest/price-order.js';
import { isBelow } from '../../../src/core/prices/price-stamp.js';

const NOW = 1_700_000_000_000;

interface Given {
  readonly id?: number;
  /** Venue time; `undefined`: the update has none. */
  readonly venue?: number;
  readonly receivedAt?: number;
  readonly sequence?: number;
  readonly now?: number;
}

function orderOf() {
  const order = new PriceOrder();
  const update = {
    id: 0,
    timestamp: 0,
    received: 0,
    receivedAt: 0,
    sequence: NaN,
    now: 0,
    venueTime: 0,
    arrival: 0,
  };
  const accept = ({
    id = 0,
    venue,
    receivedAt = NOW,
    sequence = NaN,
    now = NOW + 99_000,
  }: Given): boolean => {
    const received = venue === undefined ? 1 : 0;
    Object.assign(update, { id, timestamp: venue ?? receivedAt, received, receivedAt, sequence, now });
    return order.accept(update);
  };
  const stamp = () => [update.venueTime, update.arrival];
  return { order, accept, stamp, sequence: () => update.sequence };
}

describe('an update is refused as older', () => {
  test.each<[string, Given, Given, boolean]>([
    ['with an older venue time', { venue: NOW }, { venue: NOW - 1, receivedAt: NOW + 500 }, false],
    [
      'not with a newer one that was received first',
      { venue: NOW, receivedAt: NOW + 5 },
      { venue: NOW + 1 },
      true,
    ],
    [
      'with the same venue time and a lower sequence',
      { venue: NOW, sequence: 5 },
      { venue: NOW, sequence: 4 },
      false,
    ],
    ['not with the same sequence', { venue: NOW, sequence: 5 }, { venue: NOW, sequence: 5 }, true],
    ['not without a sequence', { venue: NOW, sequence: 5 }, { venue: NOW }, true],
    [
      'not with a lower sequence at a later venue time',
      { venue: NOW, sequence: 5 },
      { venue: NOW + 1, sequence: 1 },
      true,
    ],
    ['with no venue time and a lower sequence', { sequence: 5 }, { receivedAt: NOW + 1, sequence: 4 }, false],
    ['with no venue time and an earlier receipt', {}, { receivedAt: NOW - 1 }, false],
    ['not for its receipt, where it has a venue time', { receivedAt: NOW + 5 }, { venue: NOW - 50 }, true],
    ['not for the venue time of another, where it has none', { venue: NOW }, { receivedAt: NOW + 1 }, true],
    ['not for another symbol', { venue: NOW }, { id: 7, venue: NOW - 1 }, true],
  ])('%s', (_, known, next, isAccepted) => {
    const { accept } = orderOf();
    expect(accept(known)).toBe(true);
    expect(accept(next)).toBe(isAccepted);
  });

  test('also if an update without a venue time came in between', () => {
    const { accept, stamp } = orderOf();
    expect(accept({ venue: NOW - 2 })).toBe(true);
    expect(accept({ receivedAt: NOW + 1 })).toBe(true);
    expect(accept({ venue: NOW - 7 })).toBe(false);
    expect(stamp()[0]).toBe(NOW - 2);
  });

  test('not because of a sequence number from before a gap', () => {
    const { order, accept } = orderOf();
    accept({ venue: NOW, sequence: 5 });
    accept({ id: 1, venue: NOW, sequence: 5 });
    order.gap([0, 9000], NOW);
    expect(accept({ venue: NOW, sequence: 1 })).toBe(true);
    expect(accept({ id: 1, venue: NOW, sequence: 1 })).toBe(false);
  });
});

describe('a venue time ahead of its receipt', () => {
  test.each([1, 900, 1001, 16_000, 80_000_000])(
    'by %i ms does not block later updates of the symbol',
    (ms) => {
      const { accept } = orderOf();
      accept({ venue: NOW - 60_000 });
      expect(accept({ venue: NOW + ms })).toBe(true);
      expect(accept({ venue: NOW + 40, receivedAt: NOW + 60 })).toBe(true);
      expect(accept({ venue: NOW - 59_000, receivedAt: NOW + 70 })).toBe(false);
    },
  );

  test('still orders updates of a venue whose clock is always ahead', () => {
    const { accept } = orderOf();
    expect(accept({ venue: NOW + 300 })).toBe(true);
    expect(accept({ venue: NOW + 290, receivedAt: NOW + 2 })).toBe(false);
    expect(accept({ venue: NOW + 300, receivedAt: NOW + 3 })).toBe(true);
    expect(accept({ venue: NOW + 310, receivedAt: NOW + 4 })).toBe(true);
  });

  test('counts as no later than now, whatever its receivedAt', () => {
    const { accept, stamp } = orderOf();
    accept({ venue: NOW + 500, receivedAt: NOW + 9e6, now: NOW });
    expect(stamp()[0]).toBe(NOW);
  });
});

describe('stamps', () => {
  test('rise with each update and gap, even if the clock stands still or goes back', () => {
    const { order, accept, stamp } = orderOf();
    const marks: number[] = [];
    for (const now of [NOW, NOW, NOW - 5000, NOW + 1]) {
      accept({ venue: NOW, now });
      marks.push(stamp()[1]!, order.gap([], now));
    }
    expect(marks).toEqual([...marks].sort((a, b) => a - b));
    expect(new Set(marks).size).toBe(marks.length);
    expect(marks[0]).toBe(NOW * 1000);
    expect(marks.at(-2)).toBe((NOW + 1) * 1000);
  });

  test('continue from those of an earlier process', () => {
    const { order, accept, stamp } = orderOf();
    order.startFrom(70, { venueTime: NOW, arrival: NOW * 1000 + 5000 });
    expect(accept({ id: 70, venue: NOW - 1 })).toBe(false);
    expect(accept({ id: 70, now: NOW })).toBe(true);
    expect(stamp()).toEqual([NOW, NOW * 1000 + 5001]);
    expect(accept({ id: 3, venue: 5 })).toBe(true);
  });

  test('are compared by venue time, then by arrival', () => {
    expect([isBelow(1, 9, 2, 1), isBelow(2, 1, 1, 9), isBelow(1, 1, 1, 2), isBelow(1, 2, 1, 2)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('a sequence number goes to other processes', () => {
  test('of an update with a venue time', () => {
    const { accept, sequence } = orderOf();
    accept({ venue: NOW - 1, sequence: 5 });
    expect(sequence()).toBe(5);
    accept({ venue: NOW - 1, sequence: 6 });
    expect(sequence()).toBe(6);
  });

  test.each<[string, Given]>([
    ['has no venue time', { sequence: 5 }],
    ['has one ahead of its receipt', { venue: NOW + 1, sequence: 5 }],
    ['has one that must be wrong', { venue: NOW + 99_000, sequence: 5 }],
  ])('not of one that %s', (_, update) => {
    const { accept, sequence } = orderOf();
    expect(accept(update)).toBe(true);
    expect(sequence()).toBeNaN();
  });

  test('not of one that continues the millisecond of a gap, after which numbers may start again', () => {
    const { order, accept, sequence } = orderOf();
    accept({ venue: NOW - 9, sequence: 500 });
    order.gap([0], NOW);
    for (const [venue, given, expected] of [
      [NOW - 9, 1, NaN],
      [NOW - 9, 2, NaN],
      [NOW - 8, 3, 3],
    ] as const) {
      expect(accept({ venue, sequence: given })).toBe(true);
      expect(sequence()).toBe(expected);
    }
  });

  test('not of one that continues the millisecond of a price from before a restart', () => {
    const { order, accept, sequence } = orderOf();
    order.startFrom(0, { venueTime: NOW - 9, arrival: 1 });
    accept({ venue: NOW - 9, sequence: 1 });
    expect(sequence()).toBeNaN();
    accept({ venue: NOW - 8, sequence: 2 });
    expect(sequence()).toBe(2);
  });
});
