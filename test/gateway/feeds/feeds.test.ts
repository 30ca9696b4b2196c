import { afterEach, describe, expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  Portfolio,
  PriceChangedBatch,
  STREAM_GAP,
  type StreamGapEvent,
  type StreamStatus,
} from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway, repositoryValues, type GatewayOptions, type ValueSource } from 'tickmark/gateway';
import { BusGap } from '../../../src/core/messaging/bus-gap.js';
import { DESK, GatewayRig, type RigOptions } from '../rig/gateway-rig.js';
import { StreamReader } from '../rig/stream-reader.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

const gap = (symbols: string[]): StreamGapEvent => ({
  type: STREAM_GAP,
  id: 'gap',
  occurredAt: rig.clock.now(),
  source: 'test',
  gap: { type: 'gap', from: 1, to: 2, symbols, reason: 'disconnect', recovered: false },
});
const busGap = (types: string[]) =>
  new BusGap('gap', { from: 3, to: rig.clock.now(), types, lost: null, reason: 'disconnect' });

describe('the status of the feed', () => {
  test('is the status of the stream, without the messages of its errors', async () => {
    const listeners = new Set<(status: StreamStatus) => void>();
    let current: StreamStatus = { state: 'subscribed' };
    const stream = {
      getStatus: () => current,
      onStatus: (listener: (status: StreamStatus) => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    await start({ stream });
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['price:ACME', 'positions:desk']);
    expect(reader.last('welcome').status).toEqual({
      feed: 'subscribed',
      since: 1_700_000_000_000,
      attempt: null,
      nextTryAt: null,
      gaps: 0,
      lastGap: null,
    });
    const tell = async (status: StreamStatus) => {
      current = status;
      for (const listener of listeners) listener(status);
      await rig.frame();
      return reader.last('update');
    };
    expect(await tell({ state: 'degraded', symbols: ['GLOBEX', 'NOBODY'] })).toMatchObject({
      status: { feed: 'degraded', attempt: null },
    });
    expect(reader.last('update').prices).toBeUndefined();
    rig.engine.positionBook.markStale();
    expect(await tell({ state: 'reconnecting', attempt: 1, nextTryAt: 9 })).toMatchObject({
      status: { feed: 'reconnecting', attempt: 1, nextTryAt: 9 },
      prices: [{ symbol: 'ACME', grade: 'stale' }],
      positions: [
        { rows: [{ grade: 'stale' }, { grade: 'stale' }], portfolio: { livePricedShare: '0.000000' } },
      ],
    });
    const error = new Error('wss://user:secret@venue') as never;
    expect(JSON.stringify(await tell({ state: 'failed', error }))).not.toContain('secret');
    await rig.gateway.close();
    expect(listeners.size).toBe(0);
  });

  test('is unknown without a stream, and is sent also to readers without topics', async () => {
    await start();
    const socket = rig.socket();
    expect(socket.last('welcome').status.feed).toBe('unknown');
    await rig.bus.publish(gap(['ACME']));
    await rig.frame();
    expect(socket.last('update')).toMatchObject({
      status: {
        gaps: 1,
        lastGap: { from: 1, to: 2, symbolCount: 1, reason: 'disconnect', recovered: false },
      },
    });
  });
});

describe('a gap', () => {
  test('of the stream makes prices stale until newer ones come', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['price:ACME', 'price:GLOBEX', 'positions:desk']);
    await rig.bus.publish(gap(['ACME']));
    await rig.frame();
    expect(reader.last('update')).toMatchObject({
      prices: [{ symbol: 'ACME', grade: 'stale' }],
      positions: [{ rows: [{ symbol: 'ACME', grade: 'stale' }] }],
    });
    await rig.prices({ ACME: '184.40' });
    expect(reader.last('update')).toMatchObject({
      prices: [{ symbol: 'ACME', grade: 'live' }],
      positions: [{ rows: [{ symbol: 'ACME', grade: 'live' }] }],
    });
  });

  test('of the bus makes the gateway read everything again', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['price:ACME', 'portfolio:desk']);
    // Prices that the engine has and the gateway has missed.
    const now = rig.clock.now();
    rig.engine.positionBook.applyPrices(
      PriceChangedBatch.ofUpdates([{ symbol: 'ACME', price: '190', timestamp: now }], now),
    );
    rig.engine.positionBook.computeTotals();
    await rig.frame();
    expect(reader.of('update')).toHaveLength(0);
    await rig.bus.publish(busGap(['tickmark.prices.changed', 'tickmark.portfolios.valued']));
    await rig.frame();
    expect(reader.last('update')).toMatchObject({
      status: { gaps: 1, lastGap: { symbolCount: null } },
      prices: [{ grade: 'stale' }],
      portfolios: [{ marketValue: '20062.50' }],
    });
  });
});

test('prices and values without updates become stale', async () => {
  await start();
  await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
  const reader = await rig.stream(['price:ACME', 'portfolio:desk']);
  expect(reader.last('snapshot')).toMatchObject({
    prices: [{ grade: 'live' }],
    portfolios: [{ livePricedShare: '1.000000' }],
  });
  await rig.clock.advance(66_000);
  expect(reader.last('update')).toMatchObject({
    portfolios: [{ livePricedShare: '0.000000', marketValue: '19512.50' }],
  });
  expect(reader.of('update').flatMap(({ prices = [] }) => prices.map(({ grade }) => grade))).toEqual([
    'stale',
  ]);
});

test('a price that came before the gateway started is taken from the book', async () => {
  await start();
  await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
  const { bus, engine, clock } = rig;
  const make = (book?: GatewayOptions['book']) =>
    new Gateway({
      bus,
      values: engine,
      authenticate: () => ({ subject: 'anyone' }),
      authorize: () => true,
      serve: ['price'],
      allowMissingOrigin: true,
      clock,
      book,
    });
  for (const [book, price] of [
    [undefined, null],
    [engine.book, '184.5'],
  ] as const) {
    const gateway = make(book);
    const reader = new StreamReader(
      await gateway.handle(new Request('http://x/?topic=price:ACME')),
    ).readAll();
    await clock.settle();
    expect(reader.last('snapshot').prices).toMatchObject([
      { symbol: 'ACME', price, grade: price === null ? 'missing' : 'live' },
    ]);
    await rig.settled(gateway.close());
  }
});

test('a price carries the exact change of the day', async () => {
  await start();
  const now = rig.clock.now();
  const update = {
    symbol: 'ACME',
    price: '0.3',
    previousClose: '0.1',
    bid: '0.29',
    ask: '0.31',
    currency: 'USD',
    timestamp: now,
  };
  await rig.bus.publish(PriceChangedBatch.ofUpdates([update], now));
  const reader = await rig.stream(['price:ACME', 'price:NOBODY']);
  expect(reader.last('snapshot').prices).toEqual([
    {
      symbol: 'ACME',
      price: '0.3',
      currency: 'USD',
      kind: 'last',
      grade: 'live',
      bid: '0.29',
      ask: '0.31',
      previousClose: '0.1',
      change: '0.2',
      changePct: '200.0000',
      session: null,
      state: 'open',
      asOf: now,
      timeSource: 'venue',
      receivedAt: now,
    },
    {
      symbol: 'NOBODY',
      price: null,
      currency: null,
      kind: null,
      grade: 'missing',
      bid: null,
      ask: null,
      previousClose: null,
      change: null,
      changePct: null,
      session: null,
      state: null,
      asOf: null,
      timeSource: null,
      receivedAt: null,
    },
  ]);
});

test('unknown figures are null, and the missing prices are named', async () => {
  await start();
  await rig.prices({ ACME: '184.50' });
  const reader = await rig.stream(['positions:desk']);
  expect(reader.last('snapshot').positions).toMatchObject([
    {
      portfolio: {
        marketValue: null,
        equity: null,
        priced: { marketValue: '18450.00' },
        complete: false,
        unpriced: ['GLOBEX'],
        unconverted: [],
      },
      rows: [
        { symbol: 'ACME' },
        { symbol: 'GLOBEX', price: null, grade: 'missing', marketValue: null, weight: null },
      ],
    },
  ]);
});

describe('a source that fails', () => {
  test('is busy for the first reader, and others keep their values', async () => {
    let fails = false;
    const values: ValueSource = {
      value: (id) => {
        if (fails) throw new Error('secret');
        return rig.engine.value(id);
      },
    };
    await start({ values });
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['portfolio:desk']);
    fails = true;
    await rig.prices({ ACME: '185' });
    expect(reader.of('update')).toHaveLength(0);
    const refused = await rig.gateway.handle(rig.request(['positions:desk']));
    expect(refused.status).toBe(500);
    expect(await refused.text()).not.toContain('secret');
    expect(rig.errors.map(({ code }) => code)).toEqual(['HANDLER_FAILED', 'HANDLER_FAILED']);
    fails = false;
    await rig.clock.advance(6000);
    expect(reader.last('update').portfolios).toMatchObject([{ marketValue: '19562.50' }]);
  });

  test('to find a portfolio ends its topics', async () => {
    await start();
    const reader = await rig.stream(['portfolio:desk', 'price:ACME']);
    rig.engine.positionBook.removePortfolio('desk');
    await rig.clock.advance(6000);
    expect(reader.last('ended')).toMatchObject({ topics: ['portfolio:desk'], reason: 'removed' });
  });
});

/** A gateway in a process of its own: totals come from the bus, and first values from the store. */
async function remote(
  values: (repository: InMemoryPortfolioRepository, engine: MarkToMarketEngine) => ValueSource,
) {
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create(DESK));
  const engine = new MarkToMarketEngine({ bus, repository, clock });
  await engine.start();
  const gateway = new Gateway({
    bus,
    values: values(repository, engine),
    authenticate: () => ({ subject: 'anyone' }),
    authorize: () => true,
    allowMissingOrigin: true,
    clock,
  });
  const prices = async (given: Record<string, string>, forMs = 500) => {
    const now = clock.now();
    const updates = Object.entries(given).map(([symbol, price]) => ({ symbol, price, timestamp: now }));
    await bus.publish(PriceChangedBatch.ofUpdates(updates, now));
    await clock.advance(forMs);
  };
  const get = (topic: string) => gateway.handle(new Request(`http://x/?topic=${topic}`));
  const stream = async (topic: string) => {
    const reader = new StreamReader(await get(topic)).readAll();
    await clock.settle();
    return reader;
  };
  return { clock, bus, repository, engine, gateway, prices, get, stream };
}

describe('a gateway in another process than the engine', () => {
  test('takes the first totals from the repository and changes from the bus', async () => {
    await start();
    const { prices, stream, get } = await remote(repositoryValues);
    expect((await get('portfolio:desk')).status).toBe(403);
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await stream('portfolio:desk');
    expect(reader.last('snapshot').portfolios).toMatchObject([
      { marketValue: '19512.50', equity: '19512.50', dayPnl: null, unpriced: [], complete: true },
    ]);
    await prices({ ACME: '185' });
    // All figures that travel with every valuation, and none of those of whole ones.
    expect(reader.last('update').portfolios).toMatchObject([
      {
        marketValue: '19562.50',
        pricePnl: '562.50',
        fxPnl: '0.00',
        realizedPnl: '0.00',
        totalPnl: '562.50',
        dayPnl: null,
        grossExposure: '19562.50',
        leverage: '1.0000',
        livePricedShare: null,
        priced: { marketValue: '19562.50', costBasis: null },
        unknownCost: null,
      },
    ]);
    const rows = await get('positions:desk');
    expect(await rows.json()).toMatchObject({
      refused: [{ topic: 'positions:desk', reason: 'unsupported' }],
    });
  });

  test('does not replace a value of the bus by an older answer', async () => {
    await start();
    const answers: Array<() => void> = [];
    const { prices, get, clock } = await remote((repository) => ({
      value: async (id) => {
        const [record] = await repository.loadValuations([id]);
        await new Promise<void>((resolve) => answers.push(resolve));
        return record ?? null;
      },
    }));
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const response = get('portfolio:desk');
    await clock.settle();
    await prices({ ACME: '185' });
    answers[0]!();
    const reader = new StreamReader(await response).readAll();
    await clock.advance(100);
    const told = reader.messages.flatMap((message) => ('portfolios' in message ? message.portfolios! : []));
    expect(told.at(-1)!.marketValue).toBe('19562.50');
  });

  test('has rows if the source has them: loaded again after each change, one call at a time', async () => {
    await start();
    let calls = 0;
    let most = 0;
    const { prices, stream, engine } = await remote((_, engine) => ({
      value: async (id) => {
        most = Math.max(most, ++calls);
        await Promise.resolve();
        const value = engine.value(id);
        calls--;
        return value;
      },
    }));
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await stream('positions:desk&topic=portfolio:desk');
    for (let cent = 51; cent < 60; cent++) await prices({ ACME: `184.${cent}` }, 60);
    await prices({}, 200);
    const last = reader
      .of('update')
      .flatMap(({ positions = [] }) => positions)
      .at(-1)!;
    expect(last.portfolio.marketValue).toBe(engine.value('desk')!.marketValue!.toString());
    expect(last.rows).toMatchObject([{ symbol: 'ACME', price: { price: '184.59' } }]);
    expect(most).toBe(1);
  });

  test('reads the repository again after a gap of the bus', async () => {
    await start();
    let answer = '1.00';
    const { prices, stream, bus, clock } = await remote((repository) => ({
      value: async (id) => {
        const [record] = await repository.loadValuations([id]);
        return record ? { ...record, currency: answer === '1.00' ? 'USD' : 'EUR' } : null;
      },
    }));
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await stream('portfolio:desk');
    answer = '2.00';
    await bus.publish(busGap(['tickmark.portfolios.valued']));
    await clock.advance(100);
    expect(reader.last('update').portfolios).toMatchObject([{ currency: 'EUR' }]);
  });

  test('treats a source that does not answer as busy', async () => {
    await start();
    const { get, clock } = await remote(() => ({ value: () => new Promise(() => undefined) }));
    const response = get('portfolio:desk');
    await clock.advance(5000);
    expect((await response).status).toBe(500);
  });
});

test('events that carry rows need no call of the source', async () => {
  await start();
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create(DESK));
  const engine = new MarkToMarketEngine({ bus, repository, clock, detail: 'positions' });
  await engine.start();
  let asked = 0;
  const values: ValueSource = { value: (id) => Promise.resolve((asked++, engine.value(id))) };
  const gateway = new Gateway({
    bus,
    values,
    authenticate: () => ({ subject: 'anyone' }),
    authorize: () => true,
    allowMissingOrigin: true,
    clock,
  });
  const reader = new StreamReader(
    await gateway.handle(new Request('http://x/?topic=positions:desk')),
  ).readAll();
  const now = clock.now();
  await bus.publish(PriceChangedBatch.ofUpdates([{ symbol: 'ACME', price: '2', timestamp: now }], now));
  await clock.advance(100);
  expect(reader.last('update').positions).toMatchObject([
    { rows: [{ symbol: 'ACME', marketValue: '200.00' }] },
  ]);
  expect(asked).toBe(1);
});
