import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { PositionsTopic } from '../../../src/gateway/feeds/positions-topic.js';

interface Position {
  readonly symbol: string;
  readonly n: number;
}

/** What a message says, and what a reader knows. */
interface Said {
  readonly portfolio: { readonly n: number };
  readonly full: boolean;
  readonly rows: readonly Position[];
  readonly removed: readonly string[];
  readonly closed: readonly Position[];
  readonly cashBalances?: readonly number[];
}

const said = (topic: PositionsTopic, held: number): Said => JSON.parse(topic.fragment(held).text) as Said;

const ROWS = 300;

/** A portfolio with one row that changes at each offset. */
function changing(): PositionsTopic {
  const topic = new PositionsTopic('desk');
  const values = new Map(Array.from({ length: ROWS }, (_, n) => [`S${n}`, 0]));
  const set = (offset: number): void => {
    const rows = new Map(
      [...values].map(([symbol, n]): [string, string] => [symbol, JSON.stringify({ symbol, n })]),
    );
    topic.set(`{"n":${offset}`, '}', { rows, closed: new Map(), cashBalances: '[]' }, offset);
  };
  set(1);
  for (let offset = 2; offset <= ROWS; offset++) {
    values.set(`S${offset}`, offset);
    set(offset);
  }
  return topic;
}

test('each reader gets at least the rows that have changed since its position', () => {
  const topic = changing();
  for (let held = ROWS; held >= 1; held -= 7) {
    const { full, rows } = said(topic, held);
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
  expect(said(changing(), ROWS - 1).rows).toHaveLength(1);
});

/** Symbols with the number of their row, open and closed, and cash. */
interface State {
  readonly open: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  readonly cash: readonly number[];
}

const texts = (rows: Readonly<Record<string, number>>) =>
  new Map(Object.entries(rows).map(([symbol, n]) => [symbol, JSON.stringify({ symbol, n })]));

function setTo(topic: PositionsTopic, { open, closed, cash }: State, offset: number): boolean {
  const json = { rows: texts(open), closed: texts(closed), cashBalances: JSON.stringify(cash) };
  return topic.set(`{"n":${offset}`, '}', json, offset);
}

/** Applies a message as PROTOCOL.md says. */
function applied(before: State, { full, rows, removed, closed, cashBalances }: Said): State {
  const open = new Map(full ? [] : Object.entries(before.open));
  const flat = new Map(full ? [] : Object.entries(before.closed));
  for (const symbol of removed) {
    open.delete(symbol);
    flat.delete(symbol);
  }
  for (const { symbol, n } of rows) open.set(symbol, n);
  for (const { symbol, n } of closed) flat.set(symbol, n);
  return {
    open: Object.fromEntries(open),
    closed: Object.fromEntries(flat),
    cash: cashBalances ?? before.cash,
  };
}

describe('closed positions and cash', () => {
  const first: State = { open: { A: 1, B: 1 }, closed: { X: 1, Y: 1 }, cash: [1, 2] };

  test('come whole with a full value', () => {
    const topic = new PositionsTopic('desk');
    setTo(topic, first, 1);
    expect(said(topic, -1)).toEqual({
      id: 'desk',
      portfolio: { n: 1 },
      full: true,
      rows: [
        { symbol: 'A', n: 1 },
        { symbol: 'B', n: 1 },
      ],
      removed: [],
      closed: [
        { symbol: 'X', n: 1 },
        { symbol: 'Y', n: 1 },
      ],
      cashBalances: [1, 2],
    });
  });

  test('come with a full value also where there are none', () => {
    const topic = new PositionsTopic('desk');
    setTo(topic, { open: {}, closed: {}, cash: [] }, 1);
    expect(said(topic, -1)).toMatchObject({ full: true, rows: [], closed: [], cashBalances: [] });
  });

  test('come only when they have changed: single closed rows, and all cash', () => {
    const topic = new PositionsTopic('desk');
    setTo(topic, first, 1);
    setTo(topic, { ...first, open: { A: 2, B: 1 } }, 2);
    expect(said(topic, 1)).toMatchObject({ rows: [{ symbol: 'A' }], closed: [] });
    expect(said(topic, 1)).not.toHaveProperty('cashBalances');
    setTo(topic, { open: { A: 2, B: 1 }, closed: { X: 1, Y: 2 }, cash: [1, 2] }, 3);
    expect(said(topic, 2)).toMatchObject({ rows: [], closed: [{ symbol: 'Y', n: 2 }] });
    expect(said(topic, 2)).not.toHaveProperty('cashBalances');
    setTo(topic, { open: { A: 2, B: 1 }, closed: { X: 1, Y: 2 }, cash: [1, 3] }, 4);
    expect(said(topic, 3)).toMatchObject({ rows: [], closed: [], cashBalances: [1, 3] });
    // A reader that is further behind gets all of that.
    expect(said(topic, 1)).toMatchObject({
      rows: [{ symbol: 'A' }],
      closed: [{ symbol: 'Y' }],
      cashBalances: [1, 3],
    });
  });

  test('are a change on their own, and none if they are the same', () => {
    const topic = new PositionsTopic('desk');
    const json = (closed: number, cash: string) => ({
      rows: new Map<string, string>(),
      closed: texts({ X: closed }),
      cashBalances: cash,
    });
    expect(topic.set('{', '}', json(1, '[]'), 1)).toBe(true);
    expect(topic.set('{', '}', json(1, '[]'), 2)).toBe(false);
    expect(topic.set('{', '}', json(2, '[]'), 3)).toBe(true);
    expect(topic.set('{', '}', json(2, '[1]'), 4)).toBe(true);
    expect([topic.changedAt, topic.previous]).toEqual([4, 3]);
  });

  test('a symbol moves between open and closed, or goes from both', () => {
    const topic = new PositionsTopic('desk');
    setTo(topic, first, 1);
    setTo(topic, { ...first, open: { B: 1 }, closed: { X: 1, Y: 1, A: 5 } }, 2);
    expect(said(topic, 1)).toMatchObject({ removed: ['A'], closed: [{ symbol: 'A', n: 5 }] });
    setTo(topic, { ...first, open: { B: 1, X: 7 }, closed: { Y: 1, A: 5 } }, 3);
    expect(said(topic, 2)).toMatchObject({ removed: ['X'], rows: [{ symbol: 'X', n: 7 }], closed: [] });
    setTo(topic, { ...first, open: { B: 1, X: 7 }, closed: { A: 5 } }, 4);
    expect(said(topic, 3)).toMatchObject({ removed: ['Y'], rows: [], closed: [] });
  });

  test('a reader from any offset ends with what there is, whatever has happened since', () => {
    const random = seededRandom(7);
    const pick = (below: number): number => Math.floor(random() * below);
    const topic = new PositionsTopic('desk');
    const states: State[] = [];
    let [open, closed, cash]: [Record<string, number>, Record<string, number>, number[]] = [{}, {}, []];
    for (let offset = 1; offset <= 300; offset++) {
      const symbol = `S${pick(12)}`;
      [open, closed] = [{ ...open }, { ...closed }];
      const wasOpen = symbol in open;
      delete open[symbol];
      delete closed[symbol];
      const outcome = pick(5);
      if (outcome < 2) open[symbol] = offset;
      else if (outcome < 4 && wasOpen) closed[symbol] = offset;
      if (pick(4) === 0) cash = [...cash.slice(0, 2), offset];
      states[offset] = { open, closed, cash };
      setTo(topic, states[offset], offset);
      for (const held of [-1, offset - 1, 1 + pick(offset)]) {
        const before = states[held] ?? { open: { S1: -1 }, closed: { S2: -1 }, cash: [-1] };
        expect(applied(before, said(topic, held))).toEqual(states[offset]);
      }
    }
  });

  test('symbols that lost their row are remembered up to a limit; then readers that are behind get everything', () => {
    const topic = new PositionsTopic('desk');
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`S${n}`, n]));
    setTo(topic, { open: { A: 1 }, closed: many, cash: [1] }, 1);
    setTo(topic, { open: { A: 1 }, closed: {}, cash: [1] }, 2);
    expect(said(topic, 1)).toMatchObject({ full: true, removed: [], closed: [], cashBalances: [1] });
    setTo(topic, { open: { A: 2 }, closed: {}, cash: [1] }, 3);
    expect(said(topic, 2)).toMatchObject({ full: false, removed: [], rows: [{ symbol: 'A' }] });
  });
});
