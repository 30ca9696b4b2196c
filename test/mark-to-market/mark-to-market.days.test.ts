import { describe, expect, test } from 'vitest';
import { tokyo } from '../../src/calendars/tokyo.js';
import { usEquities } from '../../src/calendars/us-equities.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { csvPreviousCloses } from '../../src/core/calendars/csv-previous-closes.js';
import type { DayClose, DayResult } from '../../src/core/calendars/day-store.js';
import { DAY_ENDED } from '../../src/core/engine/days/day-ended-event.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { combineStreams } from '../../src/core/streams/combined/combined-price-stream.js';
import { priceStream } from '../../src/core/streams/price-stream.js';
import type { PriceStreamLink } from '../../src/core/streams/price-stream-link.js';
import { InMemoryDayStore } from '../../src/memory/in-memory-day-store.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import type { MarkToMarketOptions } from '../../src/mark-to-market/mark-to-market-options.js';
import { markToMarket } from '../../src/mark-to-market/mark-to-market.js';

const at = (text: string): number => Date.parse(text);
/** A minute before the day of Friday is over: that of Monday begins at midnight in New York. */
const SUNDAY = at('2026-11-30T04:59:00Z');
const MONDAY = at('2026-11-30T05:00:00Z');

interface World {
  readonly clock: FakeClock;
  readonly repository: InMemoryPortfolioRepository;
  readonly store: InMemoryDayStore;
}

async function world(): Promise<World> {
  const clock = new FakeClock({ now: SUNDAY });
  const repository = new InMemoryPortfolioRepository();
  const bought = {
    type: 'buy',
    id: 'b',
    at: at('2026-11-25T15:00Z'),
    symbol: 'AAPL',
    quantity: 10,
    price: 100,
  } as const;
  await repository.save(Portfolio.replay({ id: 'p', currency: 'USD' }, [bought]));
  return { clock, repository, store: new InMemoryDayStore() };
}

/** A marking whose stream is New York's. */
async function start({ clock, repository, store }: World, rest: Partial<MarkToMarketOptions> = {}) {
  let link: PriceStreamLink | undefined;
  const stream = priceStream({
    name: 'desk',
    clock,
    calendar: usEquities,
    connect: (opened) => void (link = opened),
  });
  const bus = new InMemoryEventBus({ clock });
  const results: string[] = [];
  const errors: TickmarkError[] = [];
  bus.subscribe(DAY_ENDED, (event) => {
    for (const { portfolioId, pnl, officialCloses } of event.results)
      results.push(
        `${event.calendar} (${event.label}) ${event.date}: ${portfolioId} ${pnl?.toString() ?? 'unknown'}, ${officialCloses} official`,
      );
  });
  const marking = await markToMarket({
    stream,
    repository,
    bus,
    clock,
    lock: null,
    dayStore: store,
    onError: (error) => errors.push(error),
    ...rest,
  });
  return {
    marking,
    results,
    errors,
    price: async (price: number, more: object = {}) => {
      link!.deliver({ symbol: 'AAPL', price, timestamp: clock.now(), ...more });
      await clock.advance(1000);
    },
    dayPnl: () => marking.value('p')!.dayPnl?.toString() ?? null,
  };
}

describe('markToMarket', () => {
  test('ends the day of a stream’s calendar by itself, publishes what was earned, and stores it', async () => {
    const it = await world();
    const { dayPnl, marking, price, results } = await start(it);
    // The date of the close comes from the calendar: Wednesday, before Thanksgiving.
    await price(110, { previousClose: 105 });
    expect(dayPnl()).toBe('50.00');
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    expect(results.filter((result) => !result.startsWith('cash'))).toEqual([
      'us-equities (US) 2026-11-27: p 50.00, 0 official',
    ]);
    expect(dayPnl()).toBe('0.00');
    const stored = await it.store.loadResults('p');
    expect(stored.map(({ date, calendar, pnl }) => [date, calendar, pnl?.toString()])).toContainEqual([
      '2026-11-27',
      'us-equities',
      '50.00',
    ]);
    await marking.close();
  });

  test('starts after the session from the close before it, and takes that of the session when its day is over', async () => {
    const it = await world();
    const previousCloses = csvPreviousCloses(
      'symbol,date,close\nAAPL,2026-11-24,101\nAAPL,2026-11-25,105\nAAPL,2026-11-27,109\n',
      { calendar: usEquities },
    );
    const { dayPnl, marking, price, results } = await start(it, { previousCloses });
    await price(110);
    await price(111);
    expect(dayPnl()).toBe('60.00');
    await it.clock.advance(MONDAY + 20_000 - it.clock.now());
    await price(112);
    expect(dayPnl()).toBe('30.00');
    // First with the last price of Friday, then with its official close.
    expect(results.filter((result) => !result.startsWith('cash'))).toEqual([
      'us-equities (US) 2026-11-27: p 60.00, 0 official',
      'us-equities (US) 2026-11-27: p 40.00, 1 official',
    ]);
    const closing = marking.close();
    await it.clock.advance(10_000);
    await closing;
  });

  test('has the calendar of a stream in its book, whose prices name the day that rows name', async () => {
    const { marking, price } = await start(await world());
    await price(110);
    const { book } = marking.engine;
    expect([book.calendarOf('AAPL'), book.calendarOf('NOBODY')]).toEqual([usEquities, null]);
    const friday = { calendar: 'us-equities', label: 'US', date: '2026-11-27' };
    expect([book.price('AAPL')!.session, marking.value('p')!.positions[0]!.session]).toEqual([
      friday,
      friday,
    ]);
    await marking.close();
  });

  test('restates the day once its official close comes', async () => {
    const it = await world();
    const { dayPnl, marking, price, results } = await start(it);
    await price(110, { previousClose: 105 });
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    results.length = 0;
    await price(112, { previousClose: 109, previousCloseAt: at('2026-11-27T18:00:00Z') });
    await it.clock.advance(2000);
    expect(dayPnl()).toBe('30.00');
    expect(results).toEqual(['us-equities (US) 2026-11-27: p 40.00, 1 official']);
    expect(
      (await it.store.loadResults('p')).find(({ calendar }) => calendar !== 'cash')!.pnl!.toString(),
    ).toBe('40.00');
    await marking.close();
  });

  test('continues after a restart from what was stored', async () => {
    const it = await world();
    const first = await start(it);
    await first.price(110);
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    await first.marking.close();
    const second = await start(it);
    await second.price(112);
    expect(second.dayPnl()).toBe('20.00');
    await second.marking.close();
    // Without the store nothing is known of Friday.
    const third = await start({ ...it, store: new InMemoryDayStore() });
    await third.price(113);
    expect(third.dayPnl()).toBeNull();
    await third.marking.close();
  });

  test('restates a day that ended before a restart', async () => {
    const it = await world();
    const first = await start(it);
    await first.price(110, { previousClose: 105 });
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    await first.marking.close();
    const { marking, price, results } = await start(it);
    await price(112, { previousClose: 109, previousCloseAt: at('2026-11-27T18:00:00Z') });
    await it.clock.advance(2000);
    expect(results).toEqual(['us-equities (US) 2026-11-27: p 40.00, 1 official']);
    await marking.close();
  });

  test('computes a day that ended while it was not running once the official close comes', async () => {
    const it = await world();
    const first = await start(it);
    await first.price(110);
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    await first.marking.close();
    await it.clock.advance(at('2026-12-01T14:00:00Z') - it.clock.now());
    const { dayPnl, marking, price, results } = await start(it);
    expect(results).toEqual([]);
    await price(120, { previousClose: 115, previousCloseAt: at('2026-11-30T21:00:00Z') });
    await it.clock.advance(2000);
    expect(results).toEqual(['us-equities (US) 2026-11-30: p 50.00, 1 official']);
    expect(dayPnl()).toBe('50.00');
    expect((await it.store.loadResults('p')).map(({ date, pnl }) => [date, pnl?.toString()])).toContainEqual([
      '2026-11-30',
      '50.00',
    ]);
    await marking.close();
  });

  test.each([['with', true] as const, ['without', false] as const])(
    'restates a day for a portfolio that something of it is booked for later, %s a store',
    async (_, hasStore) => {
      const it = await world();
      await it.repository.save(Portfolio.create({ id: 'idle', currency: 'USD' }));
      const { marking, price, results } = await start(it, hasStore ? {} : { dayStore: undefined });
      await price(110, { previousClose: 105 });
      await it.clock.advance(MONDAY + 2000 - it.clock.now());
      await price(112);
      results.length = 0;
      const friday = { at: at('2026-11-27T17:00:00Z'), symbol: 'AAPL' };
      await marking.update('p', (old) =>
        old.apply([{ type: 'buy', id: 'late', quantity: 5, price: 108, ...friday }]),
      );
      await marking.update('p', (old) =>
        old.apply([{ type: 'sell', id: 'later', quantity: 5, price: 109, ...friday }]),
      );
      await it.clock.advance(2000);
      // Once for both.
      expect(results).toEqual(['us-equities (US) 2026-11-27: p 55.00, 0 official']);
      await marking.update('p', (old) => old.cancel('later'));
      await it.clock.advance(2000);
      expect(results.slice(1)).toEqual(['us-equities (US) 2026-11-27: p 60.00, 0 official']);
      // Of today: no result of an ended day is another one.
      await marking.update('p', (old) => old.buy('AAPL', 1, 111, { at: MONDAY + 3000 }));
      await it.clock.advance(2000);
      expect(results.length).toBe(2);
      const stored = (await it.store.loadResults('p', { from: '2026-11-27' })).filter(
        ({ calendar }) => calendar !== 'cash',
      );
      expect(stored.map(({ pnl }) => pnl?.toString())).toEqual(hasStore ? ['60.00'] : []);
      await marking.close();
    },
  );

  test('leaves 0 of a day whose only entries are cancelled later', async () => {
    const it = await world();
    const { marking, price, results } = await start(it);
    await marking.create(Portfolio.create({ id: 'q', currency: 'USD' }));
    await marking.update('q', (old) => old.buy('AAPL', 10, 100, { id: 'b', at: SUNDAY }));
    await price(110);
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    expect(results).toContain('us-equities (US) 2026-11-27: q 100.00, 0 official');
    await marking.update('q', (old) => old.cancel('b'));
    await it.clock.advance(2000);
    expect(results.at(-1)).toBe('us-equities (US) 2026-11-27: q 0.00, 0 official');
    await marking.close();
  });

  test('finds at its start what was booked while it was not running', async () => {
    const it = await world();
    const first = await start(it);
    await first.price(110, { previousClose: 105 });
    await it.clock.advance(MONDAY + 2000 - it.clock.now());
    await first.marking.close();
    const [known] = await it.repository.loadMany(['p']);
    const late = { type: 'buy', id: 'late', at: at('2026-11-27T17:00:00Z'), symbol: 'AAPL' } as const;
    await it.repository.save(known!.apply([{ ...late, quantity: 5, price: 108 }]));
    const second = await start(it);
    await it.clock.advance(2000);
    expect(second.results).toEqual(['us-equities (US) 2026-11-27: p 60.00, 0 official']);
    await second.marking.close();
    // The next one has nothing to say.
    const third = await start(it);
    await it.clock.advance(2000);
    expect(third.results).toEqual([]);
    await third.marking.close();
  });

  test('of two engines that end a day, the first one decides', async () => {
    const it = await world();
    const [one, other] = [await start(it), await start(it)];
    await one.price(110);
    await other.price(111);
    await it.clock.advance(MONDAY + 5000 - it.clock.now());
    await one.price(115);
    await other.price(115);
    expect([one.dayPnl(), other.dayPnl()]).toEqual(['50.00', '50.00']);
    await one.marking.close();
    await other.marking.close();
  });

  test('an engine with older holdings, or with fewer closes, does not have the last word', async () => {
    const it = await world();
    // Each hears of the other's bookings from the store only.
    const [one, other] = [await start(it, { holdingsPollMs: 10_000 }), await start(it)];
    await one.price(110, { previousClose: 105 });
    await other.price(110, { previousClose: 105 });
    await it.clock.advance(MONDAY + 12_000 - it.clock.now());
    const friday = { type: 'buy', at: at('2026-11-27T17:00:00Z'), symbol: 'AAPL', quantity: 5 } as const;
    const last = async () =>
      (await it.store.loadResults('p', { from: '2026-11-27' }))
        .filter(({ calendar }) => calendar !== 'cash')
        .map(({ pnl, officialCloses }) => `${pnl?.toString()}, ${officialCloses} official`);
    await other.marking.update('p', (old) => old.apply([{ ...friday, id: 'x', price: 108 }]));
    await it.clock.advance(1500);
    expect(await last()).toEqual(['60.00, 0 official']);
    // The official close comes to who does not know the booking yet.
    await one.price(112, { previousClose: 109, previousCloseAt: at('2026-11-27T18:00:00Z') });
    await it.clock.advance(12_000);
    expect(await last()).toEqual(['45.00, 1 official']);
    // And the next booking to who does not know the close.
    await other.marking.update('p', (old) => old.apply([{ ...friday, id: 'y', price: 107 }]));
    await it.clock.advance(1500);
    expect(await last()).toEqual(['55.00, 1 official']);
    await one.marking.close();
    await other.marking.close();
  });

  test('tries again until the store takes what a day ended with', async () => {
    const it = await world();
    let failures = 3;
    class Flaky extends InMemoryDayStore {
      override async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
        if (failures-- > 0) throw new Error('no connection');
        return super.saveCloses(closes);
      }

      override async saveResults(results: readonly DayResult[]): Promise<void> {
        if (failures-- > -3) throw new Error('no connection');
        return super.saveResults(results);
      }
    }
    const store = new Flaky();
    const { errors, marking, price } = await start({ ...it, store });
    await price(110, { previousClose: 105 });
    await it.clock.advance(MONDAY + 60_000 - it.clock.now());
    expect(errors.map(({ code }) => code)).toContain('REPOSITORY_FAILED');
    expect((await store.loadResults('p')).map(({ pnl }) => pnl?.toString())).toContain('50.00');
    await marking.close();
  });

  test('of several streams each gives its symbols its own calendar', () => {
    const clock = new FakeClock({ now: SUNDAY });
    const stream = (name: string, calendar: typeof tokyo) =>
      priceStream({ name, clock, calendar, connect: () => undefined });
    const combined = combineStreams(
      [
        { name: 'desk', stream: stream('desk', usEquities), carries: ['AAPL'] },
        { name: 'asia', stream: stream('asia', tokyo) },
      ],
      { symbols: { SONY: { asia: '6758' } }, clock },
    );
    expect([combined.calendarOf('AAPL')?.name, combined.calendarOf('SONY')?.name]).toEqual([
      'us-equities',
      'tokyo',
    ]);
  });
});
