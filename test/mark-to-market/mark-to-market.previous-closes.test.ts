import { describe, expect, test } from 'vitest';
import { cryptoMarkets } from '../../src/calendars/crypto-markets.js';
import { usEquities } from '../../src/calendars/us-equities.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { PreviousClose, PreviousCloses } from '../../src/core/calendars/previous-closes.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { combineStreams } from '../../src/core/streams/combined/combined-price-stream.js';
import { priceStream } from '../../src/core/streams/price-stream.js';
import type { PriceStreamAdapter } from '../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamLink } from '../../src/core/streams/price-stream-link.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import type { MarkToMarketOptions } from '../../src/mark-to-market/mark-to-market-options.js';
import { markToMarket } from '../../src/mark-to-market/mark-to-market.js';

const at = (text: string): number => Date.parse(text);
const MONDAY = at('2026-11-30T15:00:00Z');
const FRIDAY_CLOSE = at('2026-11-27T18:00:00Z');
const WEDNESDAY_CLOSE = at('2026-11-25T21:00:00Z');

async function start(rest: Partial<MarkToMarketOptions> & { now?: number; own?: PreviousCloses['load'] }) {
  const { now = MONDAY, own, ...options } = rest;
  const clock = new FakeClock({ now });
  const repository = new InMemoryPortfolioRepository();
  const bought = (id: string, symbol: string) =>
    ({ type: 'buy', id, at: at('2026-11-20T15:00Z'), symbol, quantity: 10, price: 100 }) as const;
  await repository.save(Portfolio.replay({ id: 'p', currency: 'USD' }, [bought('b', 'AAPL')]));
  let link: PriceStreamLink | undefined;
  const stream: PriceStreamAdapter = priceStream({
    name: 'desk',
    clock,
    calendar: usEquities,
    connect: (opened) => void (link = opened),
  });
  if (own) stream.previousCloses = own;
  const errors: string[] = [];
  const marking = await markToMarket({
    stream,
    repository,
    clock,
    onError: ({ message }) => errors.push(message),
    ...options,
  });
  return {
    clock,
    marking,
    errors,
    link: () => link!,
    price: async (price: number, symbol = 'AAPL') => {
      link!.deliver({ symbol, price, currency: 'USD', timestamp: clock.now() });
      await clock.advance(1000);
    },
    buy: (symbol: string) => marking.update('p', (portfolio) => portfolio.buy(symbol, 10, 100)),
    dayPnl: () => marking.value('p')!.dayPnl?.toString() ?? null,
  };
}

const closesAt = (price: number, closedAt: number) => (symbols: readonly string[]) =>
  Promise.resolve(symbols.map((symbol): PreviousClose => ({ symbol, price, closedAt })));

describe('day P&L', () => {
  test('starts from the close that the stream gives besides its prices', async () => {
    const { clock, marking, price, dayPnl } = await start({ own: closesAt(110, FRIDAY_CLOSE) });
    await price(112);
    expect(dayPnl()).toBe('20.00');
    await marking.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  test('is null until the close comes, and then needs no further price', async () => {
    let give: (closes: readonly PreviousClose[]) => void = () => {};
    const { clock, marking, price, dayPnl } = await start({
      previousCloses: () => new Promise((resolve) => (give = resolve)),
    });
    await price(112);
    expect(dayPnl()).toBeNull();
    give([{ symbol: 'AAPL', price: '110.5', closedAt: FRIDAY_CLOSE }]);
    await clock.advance(1000);
    expect(dayPnl()).toBe('15.00');
    await marking.close();
  });

  test('stays null with the close of an older session, never that of yesterday', async () => {
    const { marking, price, dayPnl } = await start({ own: closesAt(105, WEDNESDAY_CLOSE) });
    await price(112);
    expect(dayPnl()).toBeNull();
    await marking.close();
  });

  test('goes on with the close of the ended session when a new trading day begins', async () => {
    const { clock, marking, price, dayPnl } = await start({
      now: at('2026-11-30T04:59:00Z'),
      previousCloses: {
        load: (symbols, request) =>
          closesAt(
            request.at > at('2026-11-30T05:00Z') ? 111 : 105,
            request.at > at('2026-11-30T05:00Z') ? FRIDAY_CLOSE : WEDNESDAY_CLOSE,
          )(symbols),
      },
    });
    await price(112);
    expect(dayPnl()).toBe('70.00');
    await clock.advance(70_000);
    await price(113);
    expect(dayPnl()).toBe('20.00');
    await marking.close();
  });

  test('of symbols that are bought later has their close, too', async () => {
    const asked: string[] = [];
    const { clock, marking, price, buy, dayPnl } = await start({
      own: (symbols) => {
        asked.push(symbols.join());
        return closesAt(110, FRIDAY_CLOSE)(symbols);
      },
    });
    await price(110);
    await buy('MSFT');
    await clock.advance(1000);
    await price(100, 'MSFT');
    expect(asked).toEqual(['AAPL', 'MSFT']);
    expect(dayPnl()).not.toBeNull();
    await marking.close();
  });

  test('does not ask the stream with null', async () => {
    const { marking, price, dayPnl } = await start({
      own: closesAt(110, FRIDAY_CLOSE),
      previousCloses: null,
    });
    await price(112);
    expect(dayPnl()).toBeNull();
    await marking.close();
  });
});

describe('a source of closes that fails', () => {
  test('disturbs neither the start nor prices, and is reported', async () => {
    const { marking, price, errors } = await start({
      previousCloses: () => Promise.reject(new Error('no route')),
    });
    await price(112);
    expect(marking.value('p')!.marketValue?.toString()).toBe('1120.00');
    expect(errors).toEqual(['previousCloses threw or rejected; it is called again.']);
    await marking.close();
  });

  test('is no source: that is refused', async () => {
    await expect(start({ previousCloses: {} as never })).rejects.toThrow('previousCloses');
  });

  test('a close that comes while the stream is down does not make its price look live', async () => {
    let give: (closes: readonly PreviousClose[]) => void = () => {};
    const { clock, marking, price, link } = await start({
      previousCloses: () => new Promise((resolve) => (give = resolve)),
    });
    await price(112);
    link().reconnecting(1, clock.now() + 60_000);
    await clock.advance(1000);
    const grade = () => marking.value('p')!.positions[0]!.price?.grade;
    expect(grade()).toBe('stale');
    give([{ symbol: 'AAPL', price: 110, closedAt: FRIDAY_CLOSE }]);
    await clock.advance(1000);
    expect(grade()).toBe('stale');
    await marking.close();
  });
});

describe('a combined stream', () => {
  test('asks each stream for its own symbols, by the names that it has there', async () => {
    const clock = new FakeClock({ now: MONDAY });
    const asked: string[] = [];
    const one = (name: string, calendar: typeof cryptoMarkets, load?: PreviousCloses['load']) => {
      const stream: PriceStreamAdapter = priceStream({ name, clock, calendar, connect: () => {} });
      if (load)
        stream.previousCloses = (symbols, request) => {
          asked.push(`${name} ${symbols.join()}`);
          return load(symbols, request);
        };
      return stream;
    };
    const errors: string[] = [];
    const stream = combineStreams(
      [
        { name: 'coins', stream: one('coins', cryptoMarkets, closesAt(9, MONDAY)), carries: /-USD$/ },
        {
          name: 'broken',
          stream: one('broken', cryptoMarkets, () => Promise.reject(new Error('down'))),
          carries: ['X'],
        },
        { name: 'silent', stream: one('silent', usEquities), carries: ['AAPL'] },
      ],
      { clock, symbols: { 'BTC-USD': { coins: 'BTCUSDT' } }, onError: ({ message }) => errors.push(message) },
    );
    const request = { at: MONDAY, signal: new AbortController().signal };
    const closes = await stream.previousCloses(['BTC-USD', 'X', 'AAPL', 'ETH-USD'], request);
    expect(closes.map(({ symbol }) => symbol)).toEqual(['BTC-USD', 'ETH-USD']);
    expect(asked).toEqual(['coins BTCUSDT,ETH-USD', 'broken X']);
    expect(errors).toEqual(['Stream broken: down']);
    await expect(stream.previousCloses(['X'], request)).rejects.toThrow('Stream broken: down');
  });
});
