import { describe, expect, test } from 'vitest';
import {
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  PORTFOLIOS_VALUED,
  markToMarket,
  type MarkToMarket,
  type MarkToMarketOptions,
  type PortfolioValuedEvent,
  type PriceUpdate,
} from 'tickmark';
import { priceGrade, valuationGrade } from 'tickmark/parts';
import { FakeClock } from '../../src/conformance/fake-clock.js';

const T = 1_700_000_000_000;

/** markToMarket() on in-memory parts, with one portfolio, update by update. */
async function world(
  options: Partial<MarkToMarketOptions> = {},
  portfolio: Partial<Parameters<typeof Portfolio.create>[0]> = {},
) {
  const clock = new FakeClock({ now: T });
  const repository = new InMemoryPortfolioRepository({ clock });
  const positions = [{ symbol: 'A', quantity: 3, averageCost: 1 }];
  await repository.save(Portfolio.create({ id: 'p', currency: 'USD', positions, ...portfolio }));
  const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
  const starting = markToMarket({ stream, repository, clock, throttle: false, ...options });
  await clock.advance(10);
  const marking: MarkToMarket = await starting;
  const told: PortfolioValuedEvent[] = [];
  marking.bus.subscribe(PORTFOLIOS_VALUED, (batch) => void told.push(...batch));
  const wait = (ms: number) => clock.advance(ms);
  const emit = async (...updates: Partial<PriceUpdate>[]) => {
    for (const update of updates) stream.emit({ symbol: 'A', price: 1, timestamp: clock.now(), ...update });
    await wait(1000);
  };
  /** The current value, the last event and the stored value. */
  const said = async () => {
    const [stored] = await repository.loadValuations(['p']);
    const value = marking.value('p')!.marketValue;
    return [value, told.at(-1)?.marketValue, stored?.marketValue].map((amount) => amount?.toString() ?? null);
  };
  const price = async (symbol = 'A') =>
    (await repository.loadPrices()).find((each) => each.symbol === symbol)?.price.toString();
  return { clock, repository, stream, marking, emit, wait, said, price };
}

const all = (value: string | null) => [value, value, value];

describe('the store, the bus and the current value agree', () => {
  test('when times of receipt and of a venue alternate', async () => {
    const { emit, said, price } = await world();
    await emit({ price: 11, timestamp: T + 100, receivedAt: T + 100, timeSource: 'received' });
    await emit({ price: 12, timestamp: T + 10, receivedAt: T + 110 });
    expect(await said()).toEqual(all('36.00'));
    expect(await price()).toBe('12');
  });

  test('when a rate becomes too old', async () => {
    const { emit, said, wait, repository } = await world(
      { fx: ['EUR/USD'], fxMaxAgeMs: 5000 },
      { positions: [{ symbol: 'A', quantity: 3, averageCost: 1, currency: 'EUR' }] },
    );
    await emit({ price: 10 }, { symbol: 'EUR/USD', price: 1 });
    expect(await said()).toEqual(all('30.00'));
    await wait(6000);
    expect(await said()).toEqual(all(null));
    const [stored] = await repository.loadValuations(['p']);
    expect(stored).toMatchObject({ complete: false, unconverted: ['EUR'] });
    await emit({ symbol: 'EUR/USD', price: 1 });
    expect(await said()).toEqual(all('30.00'));
  });

  test('when the currency of a price changes and one conversion less is needed', async () => {
    const { emit, said } = await world(
      { fx: ['EUR/USD'] },
      {
        currency: 'EUR',
        positions: [
          { symbol: 'A', quantity: 1, averageCost: 1 },
          { symbol: 'B', quantity: 1, averageCost: 1, currency: 'EUR' },
        ],
      },
    );
    await emit({ symbol: 'EUR/USD', price: '1.25', timestamp: T - 9000 });
    await emit({ price: 10, currency: 'USD', timestamp: T - 500 }, { symbol: 'B', price: 7, timestamp: T });
    expect(await said()).toEqual(all('15.00'));
    await emit({ price: 30, currency: 'EUR', timestamp: T - 400 });
    expect(await said()).toEqual(all('37.00'));
  });

  test('after a restart on the same store', async () => {
    const first = await world();
    await first.emit({ price: 11, currency: 'USD', previousClose: 10 });
    const closing = first.marking.close();
    await first.wait(1000);
    await closing;
    const second = await world({ repository: first.repository });
    await second.emit({ price: 9, timestamp: T - 60_000 });
    expect((await second.said())[0]).toBe('33.00');
    await second.emit({ price: 12, timestamp: T + 5000 });
    expect((await second.said())[0]).toBe('36.00');
    expect(second.marking.value('p')!.dayPnl!.toString()).toBe('6.00');
    expect((await first.repository.loadValuations(['p']))[0]!.marketValue!.toString()).toBe('36.00');
  });
});

describe('an invalid time', () => {
  test.each([
    ['microseconds', 1000],
    ['nanoseconds', 1e6],
    ['seconds', 1 / 1000],
  ])('in %s is refused by name, and holds nothing', async (unit, factor) => {
    const messages: string[] = [];
    const { emit, said } = await world({ onError: ({ message }) => messages.push(message) });
    await emit({ price: 11 });
    await emit({ price: 99, timestamp: Math.floor(T * factor) });
    expect(messages.join()).toContain(unit);
    await emit({ price: 12 });
    expect(await said()).toEqual(all('36.00'));
  });

  test.each([500, 16_000, 3_600_000])('that is %i ms ahead does not block its symbol', async (ahead) => {
    const { emit, said, clock } = await world();
    await emit({ price: 11, timestamp: T + 10 + ahead });
    await emit({ price: 12, timestamp: clock.now() - 50 });
    expect(await said()).toEqual(all('36.00'));
  });
});

test('a price from before a gap is stale, in the current value and in the store, even if it still waits when the gap comes', async () => {
  const { emit, stream, marking, repository, clock, wait } = await world({
    throttle: true,
    batchTimeoutMs: 100,
  });
  await emit({ price: 11 });
  stream.emit({ symbol: 'A', price: 12, timestamp: clock.now() });
  marking.processor.pushGap({
    type: 'gap',
    from: T,
    to: T,
    symbols: ['A'],
    reason: 'disconnect',
    recovered: true,
  });
  await wait(1000);
  const row = marking.value('p')!.positions[0]!;
  expect([row.price!.price.toString(), row.grade]).toEqual(['12', 'stale']);
  const [stored] = await repository.loadValuations(['p']);
  expect(valuationGrade(stored!, clock.now())).toBe('stale');
  await emit({ price: 13 });
  expect(marking.value('p')!.positions[0]!.grade).toBe('live');
  expect(valuationGrade((await repository.loadValuations(['p']))[0]!, clock.now())).toBe('live');
  const grade = async () => priceGrade((await repository.loadPrices())[0]!, clock.now());
  expect(await grade()).toBe('live');
  // No later price of the symbol would store it again.
  marking.processor.pushGap({
    type: 'gap',
    from: T,
    to: T,
    symbols: ['A'],
    reason: 'disconnect',
    recovered: true,
  });
  await wait(1000);
  expect(await grade()).toBe('stale');
});
