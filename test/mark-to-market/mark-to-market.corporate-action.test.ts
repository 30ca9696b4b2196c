import { describe, expect, test } from 'vitest';
import {
  MockPriceStreamAdapter,
  Portfolio,
  RepositoryError,
  markToMarket,
  type PortfolioValuedEvent,
  type PriceUpdate,
  type TickmarkError,
} from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { sleep } from '../../src/core/clock.js';
import { corporateActionEvent } from '../../src/core/portfolio/corporate-actions/corporate-action-event.js';
import { readCorporateAction } from '../../src/core/portfolio/corporate-actions/corporate-action.js';
import { seededRandom } from '../../src/core/random.js';
import { START } from '../core/engine/engine-world.js';
import { ScriptedRepository } from '../core/engine/scripted-parts.js';

const HOUR = 3_600_000;
/** The ex-time of all actions here: an hour before the start. */
const EX = START - HOUR;

const SPLIT = { id: 'split', at: EX, type: 'split', symbol: 'A', from: 1, to: 2 } as const;

function holder(id: string, quantity = 10): Portfolio {
  return Portfolio.create({
    id,
    currency: 'USD',
    at: EX - 24 * HOUR,
    positions: [{ symbol: 'A', quantity, averageCost: 150 }],
  });
}

async function world(holders: readonly Portfolio[], prices: readonly PriceUpdate[] = [priced(200, EX - 1)]) {
  const clock = new FakeClock({ now: START });
  const repository = new ScriptedRepository();
  for (const each of holders) await repository.save(each);
  const errors: TickmarkError[] = [];
  const run = async <Result>(work: Promise<Result>, ms = 3000): Promise<Result> => {
    work.catch(() => undefined);
    await clock.advance(ms);
    return work;
  };
  const start = async () => {
    const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
    const seen: PortfolioValuedEvent[] = [];
    const marking = await run(
      markToMarket({
        stream,
        repository,
        clock,
        random: seededRandom(1),
        onError: (error) => void errors.push(error),
      }),
    );
    marking.onValued((batch) => void seen.push(...batch));
    return { marking, stream, seen };
  };
  const first = await start();
  for (const price of prices) first.stream.emit(price);
  await clock.advance(1000);
  return { ...first, clock, repository, errors, run, start };
}

function priced(price: number, timestamp: number, symbol = 'A'): PriceUpdate {
  return { symbol, price, timestamp };
}

const worths = (seen: readonly PortfolioValuedEvent[]) => [
  ...new Set(seen.map(({ marketValue }) => marketValue?.toString())),
];

describe('corporateAction()', () => {
  test('books a split into every holder and adjusts the price, with no other value in between', async () => {
    const { marking, seen, repository, run } = await world([holder('p'), holder('q')]);
    const progress: unknown[] = [];
    const result = await run(
      marking.corporateAction(SPLIT, { onProgress: (each) => void progress.push(each) }),
    );
    expect(result).toMatchObject({ booked: 2, alreadyBooked: 0, refused: [] });
    expect(progress).toEqual([{ done: 2, total: 2 }]);
    expect((await repository.load('p'))?.position('A')?.quantity.toString()).toBe('20');
    const [row] = marking.value('p')!.positions;
    expect(row).toMatchObject({ marketValue: expect.objectContaining({}) });
    expect([row!.quantity, row!.price!.price, row!.marketValue].map(String)).toEqual([
      '20',
      '100',
      '2000.00',
    ]);
    expect(worths(seen)).toEqual(['2000.00']);
    await marking.close();
  });

  test('is booked once, however often it is called; the same id with other content is refused', async () => {
    const { marking, run, repository } = await world([holder('p')]);
    await run(marking.corporateAction(SPLIT));
    expect(await run(marking.corporateAction(SPLIT))).toMatchObject({ booked: 0, alreadyBooked: 1 });
    await expect(run(marking.corporateAction({ ...SPLIT, to: 3 }))).rejects.toMatchObject({
      code: 'ENTRY_CONFLICT',
    });
    expect((await repository.load('p'))?.position('A')?.quantity.toString()).toBe('20');
    expect(await repository.corporateActions()).toMatchObject([{ isBooked: true }]);
    await marking.close();
  });

  test('values holders as after it once it is stored, though the booking fails half-way; called again, the rest is booked', async () => {
    const { marking, seen, repository, run, clock, stream } = await world([holder('p'), holder('q')]);
    const { saveMany } = repository;
    repository.saveMany = async ([first]) => [
      { outcome: 'saved', portfolio: await repository.save(first!) },
      { outcome: 'failed', error: new RepositoryError('The store is down.') },
    ];
    await expect(run(marking.corporateAction(SPLIT))).rejects.toMatchObject({ code: 'REPOSITORY_FAILED' });
    expect((await repository.load('p'))?.position('A')?.quantity.toString()).toBe('20');
    expect((await repository.load('q'))?.position('A')?.quantity.toString()).toBe('10');
    stream.emit(priced(101, START));
    await clock.advance(1000);
    expect(marking.value('q')!.positions[0]!.quantity.toString()).toBe('20');
    expect(worths(seen)).toEqual(['2000.00', '2020.00']);
    repository.saveMany = saveMany;
    expect(await run(marking.corporateAction(SPLIT))).toMatchObject({ booked: 1, alreadyBooked: 1 });
    expect(worths(seen)).toEqual(['2000.00', '2020.00']);
    await marking.close();
  });

  test('is found by polling when the bus loses its event; a price from after it waits until the holders are loaded', async () => {
    const { marking, seen, repository, stream, clock } = await world([holder('p')]);
    repository.scripts.loadMany = async (proceed) => {
      await sleep(clock, 100);
      return proceed();
    };
    await repository.saveCorporateAction(readCorporateAction(SPLIT, START), false);
    await clock.advance(2050);
    stream.emit(priced(102, START));
    await clock.advance(20);
    expect(worths(seen)).toEqual(['2000.00']);
    await clock.advance(3000);
    expect(worths(seen)).toEqual(['2000.00', '2040.00']);
    await marking.close();
  });

  test('keeps no price back for an action that was announced and not stored', async () => {
    const { marking, seen, stream, clock } = await world([holder('p')]);
    const action = readCorporateAction(SPLIT, START);
    await marking.bus.publish(corporateActionEvent(action, 0, START));
    stream.emit(priced(210, START));
    await clock.advance(4000);
    expect(worths(seen)).toEqual(['2000.00']);
    await clock.advance(2000);
    expect(worths(seen)).toEqual(['2000.00', '2100.00']);
    await marking.close();
    expect(clock.pending).toBe(0);
  });

  test('is not undone by a trade that is stored while the holders are loaded', async () => {
    const { marking, repository, clock, run } = await world([holder('p'), holder('q')]);
    let delayMs = 500;
    repository.scripts.loadMany = async (proceed) => {
      const loaded = await proceed();
      await sleep(clock, delayMs);
      return loaded;
    };
    await repository.saveCorporateAction(readCorporateAction(SPLIT, START), false);
    await clock.advance(2100);
    delayMs = 1;
    await run(
      marking.update('p', (held) => held.deposit(7)),
      700,
    );
    expect(marking.value('p')!.equity?.toString()).toBe('2007.00');
    expect(marking.value('q')!.positions[0]!.quantity.toString()).toBe('20');
    await marking.close();
  });

  test('is known to an engine that starts while it is booked half-way', async () => {
    const { marking, repository, run, start } = await world([holder('p'), holder('q')]);
    repository.saveMany = async () => [];
    await expect(run(marking.corporateAction(SPLIT))).rejects.toMatchObject({ code: 'REPOSITORY_FAILED' });
    await run(marking.close());
    const again = await start();
    expect(again.marking.value('q')!.marketValue?.toString()).toBe('2000.00');
    expect(again.marking.value('q')!.positions[0]!.price?.price.toString()).toBe('100');
    await again.marking.close();
  });

  test('is inserted at its time when it is late, and what was sold since is replayed', async () => {
    const sold = holder('p').sell('A', 15, 110, { id: 's', at: EX + 1 });
    const flat = holder('flat').sell('A', 20, 110, { id: 's', at: EX + 1 });
    const later = Portfolio.create({ id: 'later', currency: 'USD' }).buy('A', 5, 110, { at: EX + 1 });
    const { marking, repository, run } = await world([sold, flat, later], [priced(100, START)]);
    expect(await run(marking.corporateAction(SPLIT))).toMatchObject({ booked: 2, refused: [] });
    const quantityOf = async (id: string) => (await repository.load(id))?.position('A')?.quantity.toString();
    expect(await Promise.all(['p', 'flat', 'later'].map(quantityOf))).toEqual(['5', undefined, '5']);
    expect(marking.value('p')!.marketValue?.toString()).toBe('500.00');
    await marking.close();
  });

  test('comes to a portfolio that turns out to have held the instrument, by a late fill or a cancellation', async () => {
    const flat = holder('flat').sell('A', 10, 200, { id: 'sold', at: EX - 1 });
    const { marking, repository, run, stream, clock } = await world([
      flat,
      Portfolio.create({ id: 'late', currency: 'USD' }),
    ]);
    expect(await run(marking.corporateAction(SPLIT))).toMatchObject({ booked: 0, refused: [] });
    const fill = { id: 'f', at: EX - 2, type: 'buy', symbol: 'A', quantity: 5, price: 200 } as const;
    await run(marking.bookMany([{ portfolioId: 'late', entries: [fill] }]));
    await run(marking.update('flat', (portfolio) => portfolio.cancel('sold')));
    const quantityOf = async (id: string) => (await repository.load(id))?.position('A')?.quantity.toString();
    expect([await quantityOf('late'), await quantityOf('flat')]).toEqual(['10', '20']);
    stream.emit(priced(200, EX - 1));
    await clock.advance(1000);
    expect(marking.value('late')!.marketValue?.toString()).toBe('1000.00');
    await marking.close();
  });

  test('adjusts a price from before that comes late, and its previous close, bid and ask', async () => {
    const { marking, clock, stream, run } = await world([holder('p')], []);
    await run(marking.corporateAction(SPLIT));
    stream.emit({
      ...priced(200, EX - 10),
      previousClose: 190,
      previousCloseAt: EX - HOUR,
      bid: 199,
      ask: 201,
    });
    await clock.advance(1000);
    expect(marking.value('p')).toMatchObject({ marketValue: expect.anything(), dayPnl: expect.anything() });
    expect([marking.value('p')!.marketValue, marking.value('p')!.dayPnl].map(String)).toEqual([
      '2000.00',
      '100.00',
    ]);
    const shown = marking.engine.book.price('A')!;
    expect([shown.bid, shown.ask, shown.previousClose].map(String)).toEqual(['99.5', '100.5', '95']);
    // Ingest repeats the previous close, which the venue has not given anew.
    stream.emit(priced(102, START));
    await clock.advance(1000);
    expect([marking.value('p')!.marketValue, marking.value('p')!.dayPnl].map(String)).toEqual([
      '2040.00',
      '140.00',
    ]);
    await marking.close();
  });

  test('stores prices as they came in, with what they are multiplied by', async () => {
    const { marking, repository, run, stream, clock } = await world([holder('p')]);
    await run(marking.corporateAction({ ...SPLIT, to: 3 }));
    await run(marking.flush());
    const [stored] = await repository.loadPrices();
    expect([stored!.price, stored!.adjustment].map(String)).toEqual(['200', '0.333333333333333333']);
    expect(marking.value('p')!.marketValue?.toString()).toBe('2000.00');
    stream.emit(priced(70, START));
    await clock.advance(1000);
    const [newer] = await repository.loadPrices();
    expect([newer!.price, newer!.adjustment].map(String)).toEqual(['70', 'undefined']);
    await marking.close();
  });

  test('moves the share of the price that a spin-off takes to the new symbol, until that has a price', async () => {
    const { marking, clock, stream, run, seen } = await world([holder('p')]);
    const spinOff = {
      id: 'x',
      at: EX,
      type: 'spinOff',
      symbol: 'A',
      into: 'B',
      from: 2,
      to: 1,
      costShare: '0.2',
    } as const;
    await run(marking.corporateAction(spinOff));
    const rows = marking
      .value('p')!
      .positions.map(({ symbol, quantity, price }) => [symbol, quantity, price?.price].map(String));
    expect(rows).toEqual([
      ['A', '10', '160'],
      ['B', '5', '80'],
    ]);
    expect(worths(seen)).toEqual(['2000.00']);
    stream.emit(priced(90, START, 'B'));
    await clock.advance(1000);
    expect(marking.value('p')!.marketValue?.toString()).toBe('2050.00');
    await marking.close();
  });

  test('keeps the price under the new name after a rename, and values what a merger leaves', async () => {
    const { marking, run, seen } = await world([holder('p')]);
    await run(marking.corporateAction({ id: 'r', at: EX, type: 'rename', symbol: 'A', into: 'N' }));
    expect(marking.value('p')!.positions.map(({ symbol }) => symbol)).toEqual(['N']);
    expect(worths(seen)).toEqual(['2000.00']);
    const merger = {
      id: 'm',
      at: EX + 1,
      type: 'merger',
      symbol: 'N',
      from: 1,
      to: 1,
      cashPerUnit: 210,
    } as const;
    await run(marking.corporateAction(merger));
    expect(marking.value('p')!.equity?.toString()).toBe('2100.00');
    await marking.close();
  });

  test('reports the portfolios that refuse it, books the others, and stays open until it is called again', async () => {
    const { marking, repository, run } = await world([holder('p', 10), holder('odd', 5)]);
    const reverse = { ...SPLIT, from: 3, to: 1 };
    const { booked, refused } = await run(marking.corporateAction(reverse));
    expect(booked).toBe(0);
    expect(refused.map(({ portfolioId, error }) => [portfolioId, (error as TickmarkError).code])).toEqual([
      ['p', 'FRACTIONAL_SPLIT'],
      ['odd', 'FRACTIONAL_SPLIT'],
    ]);
    expect(await repository.corporateActions()).toMatchObject([{ isBooked: false }]);
    await marking.close();
  });

  test.each([
    ['an ex-time to come', { ...SPLIT, at: START + HOUR * 24 }, /an ex-time that is past/],
    [
      'another type of entry',
      { id: 'd', at: EX, type: 'deposit', amount: 1, currency: 'USD' },
      /split, spinOff, merger, rename/,
    ],
    ['rates', { ...SPLIT, rates: { EUR: 1 } }, /no rates/],
    ['a split of nothing', { ...SPLIT, to: 0 }, /to/],
  ])('refuses %s, and stores nothing', async (_, action, message) => {
    const { marking, repository, run } = await world([holder('p')]);
    await expect(run(marking.corporateAction(action as never))).rejects.toThrow(message);
    expect(await repository.corporateActions()).toEqual([]);
    await marking.close();
  });

  test('says that a repository which stores no actions cannot do it', async () => {
    const { marking, repository, run } = await world([holder('p')]);
    Object.assign(repository, { saveCorporateAction: undefined });
    await expect(run(marking.corporateAction(SPLIT))).rejects.toThrow(/saveCorporateAction/);
    await marking.close();
  });
});
