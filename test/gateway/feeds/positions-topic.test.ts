import { expect, test } from 'vitest';
import { PositionsTopic } from '../../../src/gateway/feeds/positions-topic.js';

interface Told {
  readonly full: boolean;
  readonly rows: ReadonlyArray<{ readonly symbol: string; readonly n: number }>;
  readonly removed: readonly string[];
}

const ROWS = 300;

/** A portfolio with one row that changes at each offset. */
function changing(): PositionsTopic {
  const topic = new PositionsTopic('desk');
  const values = new Map(Array.from({ length: ROWS }, (_, n) => [`S${n}`, 0]));
  const set = (offset: number): void => {
    const rows = new Map(
      [...values].map(([symbol, n]): [string, string] => [symbol, JSON.stringify({ symbol, n })]),
    );
    topic.set(`{"n":${offset}`, '}', rows, offset);
  };
  set(1);
  for (let offset = 2; offset <= ROWS; offset++) {
    values.set(`S${offset}`, offset);
    set(offset);
  }
  return topic;
}

const told = (topic: PositionsTopic, held: number): Told => JSON.parse(topic.fragment(held).text) as Told;

test('each reader gets at least the rows that have changed since its position', () => {
  const topic = changing();
  for (let held = ROWS; held >= 1; held -= 7) {
    const { full, rows } = told(topic, held);
    const symbols = new Set(rows.map(({ symbol }) => symbol));
    for (let offset = held + 1; offset < ROWS; offset++) expect(symbols).toContain(`S${offset}`);
    expect(full ? rows.length : 0).toBe(full ? ROWS + 1 : 0);
  }
});

test('resuming from many different positions keeps only a few fragments', () => {
  const topic = changing();
  const fragments = new Set(Array.from({ length: ROWS }, (_, held) => topic.fragment(held)));
  expect(fragments.size).toBeLessThanOrEqual(17);
  // The first positions get exactly the rows that have changed.
  expect(told(changing(), ROWS - 1).rows).toHaveLength(1);
});
