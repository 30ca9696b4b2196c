import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { MockPriceStreamAdapterOptions } from '../../src/mock/mock-options.js';
import { MockPriceStreamAdapter } from '../../src/mock/mock-price-stream-adapter.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { Decimal } from '../../src/core/money/decimal.js';

async function prices(
  options: MockPriceStreamAdapterOptions,
  subscriptions: string[][],
  ms: number,
): Promise<Map<string, PriceUpdate[]>> {
  const clock = new FakeClock();
  const stream = new MockPriceStreamAdapter({ clock, ...options });
  const heard = new Map<string, PriceUpdate[]>();
  stream.onMessage((message) => {
    const update = message as PriceUpdate;
    heard.set(update.symbol, [...(heard.get(update.symbol) ?? []), update]);
  });
  await stream.connect();
  for (const symbols of subscriptions) await stream.subscribe(symbols);
  await clock.advance(ms);
  await stream.disconnect();
  expect(clock.pending).toBe(0);
  return heard;
}

describe('mock prices', () => {
  test('are the same for the same seed, whatever else is subscribed in whatever order', async () => {
    const alone = await prices({ seed: 7 }, [['B']], 1000);
    const among = await prices({ seed: 7 }, [['C', 'A'], ['B']], 1000);
    expect(alone.get('B')).toHaveLength(10);
    expect(among.get('B')).toEqual(alone.get('B'));
    expect(among.get('A')!.map((each) => each.price)).not.toEqual(alone.get('B')!.map((each) => each.price));
  });

  test.each([1, 8, -7, 7 + 2 ** 32])('differ for seed %i', async (seed) => {
    const options = { volatility: 5 };
    const [a, b] = [
      await prices({ ...options, seed: 7 }, [['B']], 1000),
      await prices({ ...options, seed }, [['B']], 1000),
    ];
    expect(a.get('B')!.map((each) => each.price)).not.toEqual(b.get('B')!.map((each) => each.price));
  });

  test('have the time of the clock and consecutive sequence numbers', async () => {
    const start = new FakeClock().now();
    const updates = (await prices({ intervalMs: 250, burst: 2 }, [['A']], 500)).get('A')!;
    expect(
      updates.map(({ timestamp, receivedAt, sequence }) => [
        timestamp - start,
        receivedAt! - start,
        sequence,
      ]),
    ).toEqual([
      [250, 250, 1],
      [250, 250, 2],
      [500, 500, 3],
      [500, 500, 4],
    ]);
  });

  test.each([
    ['0.01', 100, /^\d+\.\d\d$/],
    ['0.25', 100, /^\d+\.\d\d$/],
    [5, 1000, /^\d+$/],
    ['0.00001', '1.10004', /^\d+\.\d{5}$/],
  ])('are strings of whole ticks of %s', async (tickSize, startPrice, pattern) => {
    const updates = (await prices({ tickSize, startPrice, volatility: 20 }, [['A']], 5000)).get('A')!;
    expect(new Set(updates.map((each) => each.price)).size).toBeGreaterThan(2);
    const tick = Decimal.from(tickSize).unitsAt(18);
    for (const { price } of updates) {
      expect(price).toMatch(pattern);
      expect(Decimal.from(price).unitsAt(18) % tick).toBe(0n);
    }
  });

  test('stay at one tick or above, and within the range of a price', async () => {
    const fall = (
      await prices({ startPrice: 0.02, drift: -100, volatility: 100, intervalMs: 1e9 }, [['A']], 1e11)
    ).get('A')!;
    expect(fall.at(-1)!.price).toBe('0.01');
    const rise = (await prices({ drift: 100, volatility: 0, intervalMs: 2e9, spread: 1 }, [['A']], 1e11)).get(
      'A',
    )!;
    expect(rise.at(-1)!.ask).toBe('9999999999999.99');
  });

  test('move as much as the volatility says', async () => {
    const options = { volatility: 0.4, tickSize: '0.000001', startPrice: 1000, intervalMs: 3_600_000 };
    const year = (await prices(options, [['A']], 365 * 24 * 3_600_000))
      .get('A')!
      .map((each) => Number(each.price));
    let squares = 0;
    for (let i = 1; i < year.length; i++) squares += Math.log(year[i]! / year[i - 1]!) ** 2;
    expect(Math.sqrt(squares)).toBeCloseTo(0.4, 1);
  });

  test('follow the options of their symbol before those of all symbols', async () => {
    const heard = await prices(
      {
        currency: 'USD',
        spread: '0.04',
        volatility: 0,
        symbols: { VOD: { currency: 'GBp', startPrice: 72, previousClose: '71.5', spread: undefined } },
      },
      [['VOD', 'X']],
      100,
    );
    expect(heard.get('VOD')![0]).toMatchObject({ price: '72.00', currency: 'GBp', previousClose: '71.5' });
    expect(heard.get('VOD')![0]).not.toHaveProperty('bid');
    expect(heard.get('X')![0]).toMatchObject({
      price: '100.00',
      bid: '99.98',
      ask: '100.02',
      currency: 'USD',
    });
    expect(heard.get('X')![0]).not.toHaveProperty('previousClose');
  });

  test('continue through unsubscribe() and a new connection', async () => {
    const clock = new FakeClock();
    const stream = new MockPriceStreamAdapter({ clock });
    const sequences: (number | undefined)[] = [];
    stream.onMessage((message) => sequences.push((message as PriceUpdate).sequence));
    await stream.connect();
    await stream.subscribe(['A']);
    await clock.advance(200);
    await stream.unsubscribe(['A']);
    expect(clock.pending).toBe(0);
    await clock.advance(200);
    await stream.subscribe(['A']);
    await clock.advance(100);
    await stream.disconnect();
    await stream.connect();
    await stream.subscribe(['A']);
    await clock.advance(100);
    expect(sequences).toEqual([1, 2, 3, 4]);
  });
});

describe('the timer', () => {
  test('is one per interval for any number of symbols', async () => {
    const clock = new FakeClock();
    const stream = new MockPriceStreamAdapter({ clock, symbols: { SLOW: { intervalMs: 1000 } } });
    await stream.connect();
    await stream.subscribe(Array.from({ length: 10_000 }, (_, index) => `S${index}`));
    expect(clock.pending).toBe(1);
    await stream.subscribe(['SLOW']);
    expect(clock.pending).toBe(2);
    await clock.advance(1000);
    expect(stream.stats().messages).toBe(100_001);
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('is not set for interval 0; tick() creates the updates', async () => {
    const clock = new FakeClock();
    const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0, burst: 3 });
    expect(() => stream.tick()).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
    await stream.connect();
    await stream.subscribe(['A', 'B']);
    expect(clock.pending).toBe(0);
    stream.tick();
    expect(stream.stats().messages).toBe(6);
  });

  test('stops within a round when a listener disconnects', async () => {
    const clock = new FakeClock();
    const stream = new MockPriceStreamAdapter({ clock });
    let heard = 0;
    stream.onMessage(() => {
      heard++;
      void stream.disconnect();
    });
    await stream.connect();
    await stream.subscribe(['A', 'B']);
    await clock.advance(500);
    expect(heard).toBe(1);
    expect(clock.pending).toBe(0);
    expect(() => stream.tick()).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
  });
});

describe('heartbeats', () => {
  test('come at their interval, even without subscriptions and after a listener has thrown', async () => {
    const clock = new FakeClock();
    const beats: number[] = [];
    const errors: string[] = [];
    const stream = new MockPriceStreamAdapter({
      clock,
      heartbeatMs: 1000,
      onHeartbeat: (at) => {
        beats.push(at - 1_700_000_000_000);
        throw new Error('boom');
      },
      onError: ({ code }) => errors.push(code),
    });
    await stream.connect();
    await clock.advance(3500);
    expect(beats).toEqual([1000, 2000, 3000]);
    expect(errors).toEqual(['HANDLER_FAILED', 'HANDLER_FAILED', 'HANDLER_FAILED']);
    expect(stream.stats().heartbeats).toBe(3);
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });
});

describe('emit()', () => {
  test('delivers an update of a subscribed symbol unchanged, and needs a connection', async () => {
    const stream = new MockPriceStreamAdapter({ intervalMs: 0, faults: [{ kind: 'silence', atMs: 0 }] });
    const update = { symbol: 'A', price: 'nonsense', timestamp: -5 };
    expect(() => stream.emit(update)).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
    await stream.connect();
    await stream.subscribe(['A']);
    const heard: unknown[] = [];
    stream.onMessage((message) => heard.push(message));
    stream.emit(update);
    stream.emit({ ...update, symbol: 'B' });
    expect(heard).toEqual([update]);
    await stream.disconnect();
  });
});

describe('an option out of range', () => {
  test.each<[MockPriceStreamAdapterOptions, string]>([
    [{ seed: 1.5 }, 'seed'],
    [{ startPrice: 100.005 }, 'startPrice'],
    [{ startPrice: 0 }, 'startPrice'],
    [{ startPrice: 'x' }, 'startPrice'],
    [{ tickSize: 0 }, 'tickSize'],
    [{ tickSize: -0.01 }, 'tickSize'],
    [{ volatility: -1 }, 'volatility'],
    [{ volatility: NaN }, 'volatility'],
    [{ drift: 101 }, 'drift'],
    [{ intervalMs: -1 }, 'intervalMs'],
    [{ intervalMs: 2 ** 31 }, 'intervalMs'],
    [{ burst: 0 }, 'burst'],
    [{ spread: -0.01 }, 'spread'],
    [{ spread: 0.005 }, 'spread'],
    [{ currency: '' }, 'currency'],
    [{ previousClose: 'x' }, 'previousClose'],
    [{ heartbeatMs: -1 }, 'heartbeatMs'],
    [{ maxSymbols: 0 }, 'maxSymbols'],
    [{ symbols: { A: { burst: 0 } } }, 'symbols["A"].burst'],
    [{ faults: [{ kind: 'nap' as 'gap', atMs: 0 }] }, 'faults[0].kind'],
    [{ faults: [{ kind: 'gap' }] }, 'faults[0]'],
    [{ faults: [{ kind: 'gap', atMs: 0, atTick: 1 }] }, 'faults[0]'],
    [
      {
        faults: [
          { kind: 'gap', atMs: 0 },
          { kind: 'gap', atMs: -1 },
        ],
      },
      'faults[1].atMs',
    ],
    [{ faults: [{ kind: 'gap', atTick: 0 }] }, 'faults[0].atTick'],
    [{ faults: [{ kind: 'gap', atTick: 1, durationMs: 0 }] }, 'faults[0].durationMs'],
    [{ faults: [{ kind: 'gap', atTick: 1, symbols: 'A' as unknown as string[] }] }, 'faults[0].symbols'],
    [{ faults: [{ kind: 'half-open', atTick: 1, symbols: ['A'] } as never] }, 'faults[0].symbols'],
  ])('%j is rejected by name', (options, name) => {
    const thrown = (): unknown => new MockPriceStreamAdapter(options);
    expect(thrown).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(thrown).toThrow(name);
  });
});
