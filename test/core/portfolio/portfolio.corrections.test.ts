import { describe, expect, test } from 'vitest';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { caught } from '../../oracle/caught.js';

const DAY = 86_400_000;
const terms = { id: 'p', currency: 'USD', costMethod: 'fifo' } as const;
const entries: LedgerEntryInput[] = [
  { id: 'd1', at: DAY, type: 'deposit', amount: 1000, currency: 'USD' },
  { id: 'b1', at: 2 * DAY, type: 'buy', symbol: 'A', quantity: 10, price: 10 },
  { id: 'b2', at: 3 * DAY, type: 'buy', symbol: 'A', quantity: 10, price: 20 },
  { id: 's1', at: 4 * DAY, type: 'sell', symbol: 'A', quantity: 5, price: 30 },
];
const portfolio = Portfolio.replay(terms, entries);
const later = (days: number) => ({ at: days * DAY });

const state = (of: Portfolio) => ({
  cash: String(of.cash.get('USD')),
  quantity: of.position('A')?.quantity.toString(),
  realized: of.position('A')?.realizedPnl?.toString(),
});

describe('a cancelled entry', () => {
  test('counts no more, and stays in the ledger with its cancellation', () => {
    const cancelled = portfolio.cancel('b1', { id: 'c1', ...later(5) });
    expect(state(portfolio)).toEqual({ cash: '850', quantity: '15', realized: '100' });
    // The sale now closes units that cost 20.
    expect(state(cancelled)).toEqual({ cash: '950', quantity: '5', realized: '50' });
    expect(cancelled.entries.map(({ id }) => id)).toEqual(['d1', 'b1', 'b2', 's1', 'c1']);
    expect(cancelled.effectiveEntries.map(({ id }) => id)).toEqual(['d1', 'b2', 's1']);
  });

  test('is cancelled once by one id, and not again by another', () => {
    const cancelled = portfolio.cancel('s1', { id: 'c1', ...later(5) });
    expect(cancelled.cancel('s1', { id: 'c1', ...later(5) })).toBe(cancelled);
    expect(caught(() => cancelled.cancel('s1', { id: 'c2', ...later(6) }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/"c2" \(cancel\): entry.*has not been cancelled/) as string,
    });
    expect(
      caught(() => cancelled.correct('s1', entries[1]! && withoutIdentity(entries[1]!), later(6))),
    ).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('is refused to be cancelled where what follows cannot stand without it, and nothing changes', () => {
    const split = portfolio.apply({
      id: 'x',
      ...later(5),
      type: 'spinOff',
      symbol: 'A',
      into: 'B',
      from: 1,
      to: 1,
      costShare: '0.5',
    });
    const sold = Portfolio.replay(terms, [
      entries[1]!,
      {
        id: 's',
        ...later(4),
        type: 'sell',
        symbol: 'A',
        quantity: 10,
        price: 1,
        lots: [{ lot: 'b1', quantity: 10 }],
      },
    ]);
    expect(caught(() => sold.cancel('b1', later(5)))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(sold.entries).toHaveLength(2);
    expect(split.cancel('x', later(6)).position('B')).toBeUndefined();
  });

  test.each([
    ['an unknown entry', 'nothing'],
    ['a cancellation', 'c1'],
    ['closed books', 'k1'],
  ])('cannot be %s', (_, id) => {
    const base = portfolio.cancel('s1', { id: 'c1', ...later(5) }).closeBooks(0, { id: 'k1', ...later(6) });
    expect(caught(() => base.cancel(id, later(7)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        'the id of an entry of this portfolio that changes holdings or cash',
      ) as string,
    });
  });
});

describe('a corrected entry', () => {
  const by = { type: 'buy', symbol: 'A', quantity: 10, price: 11 } as const;

  test('counts with its new content, at its own time and under its own id', () => {
    const corrected = portfolio.correct('b1', by, { id: 'k', ...later(5) });
    expect(state(corrected)).toEqual({ cash: '840', quantity: '15', realized: '95' });
    expect(corrected.effectiveEntries[1]).toMatchObject({ id: 'b1', at: 2 * DAY });
    expect(corrected.position('A')!.lots.map(({ id }) => id)).toEqual(['b1', 'b2']);
    expect(corrected.entries.find(({ id }) => id === 'b1')).toEqual(portfolio.entries[1]);
  });

  test('counts as its last correction says, and not at all once it is cancelled', () => {
    const twice = portfolio
      .correct('b1', { ...by, price: 12 }, { id: 'k2', ...later(6) })
      .correct('b1', by, { id: 'k1', ...later(5) });
    expect(state(twice).cash).toBe('830');
    expect(state(twice.cancel('b1', later(7)))).toEqual(state(portfolio.cancel('b1', later(5))));
  });

  test('may have another time, symbol and type', () => {
    const moved = portfolio.correct('b1', { ...by, at: 3.5 * DAY }, later(5));
    // Units that came first are sold first: now those of b2.
    expect(state(moved).realized).toBe('50');
    const other = portfolio.correct('b2', { type: 'deposit', amount: 7, currency: 'EUR' }, later(5));
    expect(String(other.cash.get('EUR'))).toBe('7');
  });

  test('that has moved behind what came later is followed by new entries in the order of time', () => {
    const moved = portfolio.correct('b1', { ...by, at: 9 * DAY }, later(5));
    const sold = moved.sell('A', 8, 40, { id: 's2', ...later(6) });
    // b1 is not there yet: 5 of b2 are left, and 3 are sold short, which b1 then covers.
    expect(sold.position('A')!.quantity.toString()).toBe('7');
    expect(sold.position('A')!.lots.map(({ id }) => id)).toEqual(['b1']);
  });

  test.each<[string, object, string]>([
    ['an id', { ...by, id: 'b9' }, 'by: id'],
    ['no type', { symbol: 'A' }, 'by: type'],
    ['a cancellation', { type: 'cancel', entry: 'b2' }, 'by: type'],
    ['a field that its type has not', { ...by, into: 'B' }, 'by: buy: unknown field "into"'],
    ['a bad quantity', { ...by, quantity: 0 }, 'by: quantity'],
    ['a time in microseconds', { ...by, at: 1.7e15 }, 'by: at'],
  ])('is not corrected by an entry with %s', (_, content, field) => {
    expect(
      caught(() => portfolio.correct('b1', content as typeof by, { id: 'k', ...later(5) })),
    ).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`Entry "k": ${field}`) as string,
    });
  });
});

describe('closed books', () => {
  const closed = portfolio.closeBooks(3 * DAY, { id: 'k', ...later(5) });

  test('refuse what would change them, whichever way', () => {
    const changes: Array<() => Portfolio> = [
      () => closed.deposit(1, 'USD', { id: 'new', at: 3 * DAY - 1 }),
      () => closed.cancel('b1', later(6)),
      () => closed.correct('b1', { type: 'buy', symbol: 'A', quantity: 1, price: 1 }, later(6)),
      () => closed.correct('b2', { type: 'buy', symbol: 'A', quantity: 1, price: 1, at: DAY }, later(6)),
      () =>
        closed.apply([
          { id: 'k2', ...later(6), type: 'closeBooks', until: 0 },
          { ...entries[0]!, id: 'd2' },
        ]),
    ];
    for (const change of changes) expect(caught(change)).toMatchObject({ code: 'BOOKS_CLOSED' });
    expect(caught(changes[0]!)!.message).toContain('"new" is from before 1970-01-04T00:00:00.000Z');
    expect(caught(changes[1]!)!.message).toContain('"b1"');
  });

  test('accept what leaves them as they are', () => {
    expect(closed.closedUntil).toBe(3 * DAY);
    expect(portfolio.closedUntil).toBeNull();
    expect(closed.apply(entries)).toBe(closed);
    expect(state(closed.deposit(1, 'USD', { at: 3 * DAY }))).toMatchObject({ cash: '851' });
    expect(state(closed.cancel('b2', later(6)))).toMatchObject({ quantity: '5' });
    // The later of two times counts.
    expect(closed.closeBooks(DAY, later(6)).closedUntil).toBe(3 * DAY);
  });

  test('cannot be closed ahead of their own time', () => {
    expect(caught(() => portfolio.closeBooks(6 * DAY, later(5)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('until') as string,
    });
  });
});

test('a snapshot has cancellations, corrections and closed books, and the instruments of corrected entries', () => {
  const changed = portfolio
    .withInstruments([{ symbol: 'F', currency: 'USD', multiplier: 50, valuationMethod: 'futures' }])
    .correct(
      'b2',
      { type: 'buy', symbol: 'F', quantity: '1', price: '5000.25', rates: { EUR: '1.1' } },
      later(5),
    )
    .cancel('s1', later(6))
    .closeBooks('1970-01-03T00:00:00Z', later(7));
  const snapshot = JSON.parse(JSON.stringify(changed)) as ReturnType<Portfolio['toSnapshot']>;
  const again = Portfolio.fromSnapshot(snapshot);
  expect(JSON.stringify(again)).toBe(JSON.stringify(changed));
  expect(again.position('F')!.quantity.toString()).toBe('1');
  expect(again.cash).toEqual(changed.cash);
  expect(again.apply(changed.entries)).toBe(again);
});

function withoutIdentity(entry: LedgerEntryInput): {
  type: 'buy';
  symbol: string;
  quantity: number;
  price: number;
} {
  const { id: _id, at: _at, ...content } = entry;
  return content as ReturnType<typeof withoutIdentity>;
}
