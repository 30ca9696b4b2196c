import { describe, expect, test, vi } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryLock,
  InMemoryPortfolioRepository,
  MarkToMarket,
  MockPriceStreamAdapter,
  PORTFOLIOS_VALUED,
  PRICES_CHANGED,
  PortfolioValuedBatch,
  markToMarket,
  type Logger,
  type MarkToMarketOptions,
  type PortfolioValuation,
  type TickmarkError,
} from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { START, portfolio, price } from '../core/engine/engine-world.js';
import { ScriptedBus, ScriptedRepository, down, hanging } from '../core/engine/scripted-parts.js';

async function world(options: Partial<MarkToMarketOptions> = {}) {
  const clock = new FakeClock({ now: START });
  const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
  const repository = new ScriptedRepository();
  const errors: TickmarkError[] = [];
  await repository.save(portfolio('p', { A: 2 }));
  await repository.save(portfolio('q', { B: 1 }));
  const start = () =>
    markToMarket({
      stream,
      repository,
      clock,
      random: seededRandom(1),
      onError: (error) => void errors.push(error),
      ...options,
    });
  /** Lets the clock run until the work has settled. */
  const run = async <Result>(work: Promise<Result>, ms = 10_000): Promise<Result> => {
    work.catch(() => undefined);
    await clock.advance(ms);
    return work;
  };
  const worth = async (id: string) => (await repository.loadValuations([id]))[0]?.marketValue?.toString();
  return { clock, stream, repository, errors, start, run, worth };
}

describe('markToMarket()', () => {
  test('with only a stream and a repository loads, connects, subscribes, values, publishes and stores', async () => {
    const { clock, stream, start, run, worth } = await world({ fx: ['EUR/USD'] });
    const marking = await run(start());
    expect(stream.getStatus().state).toBe('subscribed');
    expect([...stream.getSubscribedSymbols()].sort()).toEqual(['A', 'B', 'EUR/USD']);
    expect(marking.bus).toBeInstanceOf(InMemoryEventBus);
    const seen: PortfolioValuedBatch[] = [];
    const stop = marking.onValued((batch) => void seen.push(batch));
    stream.emit(price('A', 5));
    await clock.advance(1000);
    expect(seen.flatMap((batch) => [...batch]).at(-1)).toMatchObject({
      portfolioId: 'p',
      version: 1,
      complete: true,
    });
    expect(marking.value('p')!.marketValue!.toString()).toBe('10.00');
    expect(marking.value('nobody')).toBeNull();
    expect(await worth('p')).toBe('10.00');
    expect(marking.stats()).toMatchObject({
      processor: { received: 1, delivered: 1 },
      engine: { portfolios: 2, unsaved: 0 },
      stream: { state: 'subscribed' },
      editConflicts: 0,
    });
    stop();
    const { length } = seen;
    stream.emit(price('A', 6, START + 1));
    await clock.advance(1000);
    expect(seen).toHaveLength(length);
    await run(marking.close());
    expect(clock.pending).toBe(0);
  });

  test.each(['its own bus', 'a bus that tells nobody'])(
    'reports what a listener throws or rejects with, once a minute, and goes on calling it: %s',
    async (bus) => {
      const log: string[] = [];
      const logger = { error: (_: object, text: string) => void log.push(text) } as unknown as Logger;
      const own = bus === 'its own bus' ? {} : { bus: new InMemoryEventBus() };
      const { clock, stream, errors, start, run } = await world({ logger, ...own });
      const marking = await run(start());
      let calls = 0;
      marking.onValued(() => {
        calls++;
        throw new Error('thrown');
      });
      marking.onValued('p', () => Promise.reject(new Error('rejected')));
      for (const value of [5, 6, 7]) {
        stream.emit(price('A', value, clock.now()));
        await clock.advance(1000);
      }
      const said = ['thrown', 'rejected'].map(
        (why) => `A listener of MarkToMarket.onValued() failed: ${why}`,
      );
      expect([calls, errors.map(({ code, message }) => `${code} ${message}`), log]).toEqual([
        3,
        said.map((each) => `HANDLER_FAILED ${each}`),
        said,
      ]);
      await clock.advance(60_000);
      stream.emit(price('A', 8, clock.now()));
      await clock.advance(1000);
      expect(log).toEqual([...said, ...said]);
      await run(marking.close());
      await own.bus?.close();
      expect(clock.pending).toBe(0);
    },
  );

  test('calls a listener of one portfolio with an event each time its value changes', async () => {
    const { clock, stream, start, run } = await world();
    const marking = await run(start());
    const values: string[] = [];
    const stop = marking.onValued('p', ({ portfolioId, marketValue }) => {
      values.push(`${portfolioId} ${marketValue?.toString()}`);
    });
    const at = vi.spyOn(PortfolioValuedBatch.prototype, 'at');
    for (const [symbol, value] of [
      ['A', 5],
      ['B', 7],
      ['A', 6],
    ] as const) {
      stream.emit(price(symbol, value, clock.now()));
      await clock.advance(1000);
    }
    expect(values).toEqual(['p 10.00', 'p 12.00']);
    // No event of another portfolio is created, and so none of its amounts.
    expect(at).toHaveBeenCalledTimes(2);
    at.mockRestore();
    stop();
    stream.emit(price('A', 8, clock.now()));
    await clock.advance(1000);
    expect(values).toHaveLength(2);
    expect(() => marking.onValued('p', undefined as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    await run(marking.close());
    expect(() => marking.onValued('p', () => undefined)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  test('values all portfolios, each when the iteration reaches it, and converts at current rates', async () => {
    const { clock, stream, start, run } = await world({ fx: ['EUR/USD'] });
    const marking = await run(start());
    stream.emit(price('A', 5));
    await clock.advance(1000);
    expect(marking.convert(10, 'EUR', 'USD')).toBeNull();
    const values = marking.values()[Symbol.iterator]();
    expect(values.next().value).toMatchObject({ portfolioId: 'p' });
    stream.emit(price('B', 7));
    stream.emit(price('EUR/USD', '1.25'));
    await clock.advance(1000);
    const second = values.next().value as PortfolioValuation;
    expect([second.portfolioId, second.marketValue?.toString()]).toEqual(['q', '7.00']);
    expect(values.next().done).toBe(true);
    expect(marking.convert('10.10', 'EUR', 'USD')?.toString()).toBe('12.62');
    expect(marking.convert('12.50', 'USD', 'EUR')?.toString()).toBe('10.00');
    expect(() => marking.convert(1, 'EUR', 'DUCAT')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CURRENCY' }),
    );
    await run(marking.close());
  });

  test('reports to both logger and onError: rejected prices, errors of the engine and of the stream', async () => {
    const logged: string[] = [];
    const logger = { error: (_: object, message: string) => void logged.push(message) } as unknown as Logger;
    const { clock, stream, repository, start, run, errors } = await world({ logger });
    const marking = await run(start());
    stream.emit(price('A', -1));
    repository.scripts.saveValuations = down;
    stream.emit(price('A', 5));
    await clock.advance(1000);
    stream.subscribe = () => Promise.reject(new Error('venue busy'));
    await run(marking.create(portfolio('x', { X: 1 })), 500);
    expect(errors.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['PRICE_REJECTED', 'REPOSITORY_FAILED', undefined]),
    );
    expect(logged.sort()).toEqual(errors.map(({ message }) => message).sort());
    await run(marking.close());
  });

  test('values trades and new portfolios, drops deleted ones, and subscribes to new symbols', async () => {
    const { clock, stream, start, run, worth } = await world();
    const marking = await run(start());
    stream.emit(price('A', 5));
    await run(marking.update('p', (held) => held.buy('A', 1, 1)));
    expect(await worth('p')).toBe('15.00');
    await run(marking.create(portfolio('new', { N: 3 })));
    expect(stream.getSubscribedSymbols()).toContain('N');
    stream.emit(price('N', 2));
    await clock.advance(1000);
    expect(await worth('new')).toBe('6.00');
    await run(marking.delete('new', 1));
    expect(marking.value('new')).toBeNull();
    await run(marking.close());
  });

  test('retries symbols that the stream refuses for now', async () => {
    const { clock, stream, start, run, errors } = await world();
    const marking = await run(start());
    const subscribe = stream.subscribe.bind(stream);
    const asked: string[][] = [];
    stream.subscribe = (symbols) => {
      asked.push([...symbols]);
      return Promise.reject(new Error('venue busy'));
    };
    await run(marking.create(portfolio('x', { X: 1 })), 500);
    await run(marking.create(portfolio('y', { Y: 1 })), 1000);
    expect(errors).toHaveLength(asked.length);
    stream.subscribe = subscribe;
    await clock.advance(8000);
    expect(stream.getSubscribedSymbols()).toEqual(expect.arrayContaining(['X', 'Y']));
    expect(asked).toEqual(expect.arrayContaining([['X'], ['Y'], ['X', 'Y']]));
    await run(marking.close());
    expect(clock.pending).toBe(0);
  });

  test('subscribes to nothing after close()', async () => {
    const { clock, stream, start, run } = await world();
    const marking = await run(start());
    stream.subscribe = () => Promise.reject(new Error('venue busy'));
    await run(marking.create(portfolio('x', { X: 1 })), 500);
    await run(marking.close(), 0);
    expect(clock.pending).toBe(0);
  });

  test('does not retry symbols that the stream can never deliver', async () => {
    const clock = new FakeClock({ now: START });
    const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0, maxSymbols: 2 });
    const { start, run, errors } = await world({ stream, clock });
    const starting = start();
    await clock.advance(100);
    const marking = await starting;
    const created = marking.create(portfolio('x', { X: 1 }));
    await clock.advance(10_000);
    await created;
    expect(errors.map(({ code }) => code)).toEqual(['SUBSCRIPTION_LIMIT']);
    const closed = run(marking.close());
    await clock.advance(10);
    await closed;
  });

  test('leaves subscribing to the caller with autoSubscribe: false', async () => {
    const { stream, start, run } = await world({ autoSubscribe: false });
    const marking = await run(start());
    await run(marking.create(portfolio('x', { X: 1 })));
    expect(stream.getSubscribedSymbols()).toEqual([]);
    await run(marking.close());
  });

  test('starts with an empty repository, and values the first portfolio', async () => {
    const { stream, start, run } = await world({ repository: new InMemoryPortfolioRepository() });
    const marking = await run(start());
    expect(stream.getStatus().state).toBe('connected');
    await run(marking.create(portfolio('first', { F: 1 })));
    expect(stream.getSubscribedSymbols()).toEqual(['F']);
    await run(marking.close());
  });

  test('starts once when started twice', async () => {
    const { clock, stream, repository } = await world();
    const marking = new MarkToMarket({
      stream,
      repository,
      clock,
      bus: new InMemoryEventBus({ clock }),
      lock: null,
    });
    const both = Promise.all([marking.start(), marking.start()]);
    await clock.advance(0);
    expect(await both).toEqual([marking, marking]);
    stream.emit(price('A', 1));
    await clock.advance(100);
    expect(marking.stats().processor.received).toBe(1);
    const closed = marking.close();
    await clock.advance(0);
    await closed;
  });

  test('rejects an option out of range and does not throw', async () => {
    const { start } = await world({ batchSize: 0 });
    await expect(start()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('grades all prices as stale when the stream breaks', async () => {
    const { clock, stream, start, run } = await world();
    const marking = await run(start());
    stream.emit(price('A', 5));
    await clock.advance(100);
    expect(marking.value('p')!.positions[0]!.grade).toBe('live');
    await run(stream.disconnect(), 1);
    expect(marking.value('p')!.positions[0]!.grade).toBe('stale');
    await run(marking.close());
  });
});

describe('start()', () => {
  test.each(['loadPrices', 'stream'] as const)(
    'closes everything if %s of the repository fails',
    async (call) => {
      const { clock, stream, repository, start, run } = await world();
      repository.scripts[call] = down;
      await expect(run(start())).rejects.toMatchObject({ code: 'REPOSITORY_FAILED' });
      expect(stream.getStatus().state).toBe('disconnected');
      expect(clock.pending).toBe(0);
    },
  );

  test.each(['connect', 'subscribe'] as const)('closes everything if the stream rejects %s', async (call) => {
    const clock = new FakeClock({ now: START });
    const bus = new InMemoryEventBus({ clock });
    const lock = new InMemoryLock({ clock });
    const { stream, start } = await world({ clock, bus, lock });
    stream[call] = () => Promise.reject(new Error('the venue says no'));
    const starting = start();
    starting.catch(() => undefined);
    await clock.advance(10_000);
    await expect(starting).rejects.toThrow('the venue says no');
    expect(stream.getStatus().state).toBe('disconnected');
    expect(bus.stats().subscriptions).toBe(0);
    expect(lock.stats().held).toBe(0);
    expect(clock.pending).toBe(0);
    // The caller's own parts stay open.
    await bus.publish({ type: 'x', id: '1', occurredAt: START });
    await (await lock.acquire('k')).release();
  });

  test.each(['loadPrices', 'stream', 'connect', 'subscribe'] as const)(
    'closes everything if it is aborted while %s hangs',
    async (step) => {
      const abort = new AbortController();
      const { clock, stream, repository, start, run } = await world({ signal: abort.signal });
      const connect = stream.connect.bind(stream);
      let letConnect = (): void => undefined;
      if (step === 'connect')
        stream.connect = () => new Promise<void>((resolve) => (letConnect = resolve)).then(() => connect());
      else if (step === 'subscribe') stream.subscribe = () => new Promise<void>(() => undefined);
      else repository.scripts[step] = hanging;
      const starting = start();
      starting.catch(() => undefined);
      await clock.advance(100);
      abort.abort();
      await expect(run(starting)).rejects.toMatchObject({ code: 'ABORTED' });
      letConnect();
      await clock.advance(0);
      expect(stream.getStatus().state).toBe('disconnected');
      expect(clock.pending).toBe(0);
    },
  );

  test('does nothing if its signal has already fired', async () => {
    const { clock, repository, start, run } = await world({ signal: AbortSignal.abort() });
    await expect(run(start())).rejects.toMatchObject({ code: 'ABORTED' });
    expect(repository.counts).toEqual({ save: 2 });
    expect(clock.pending).toBe(0);
  });
});

describe('close()', () => {
  test('values the last prices, publishes and stores', async () => {
    const { clock, stream, start, run, worth } = await world({ throttle: 100 });
    const marking = await run(start());
    const seen: string[] = [];
    marking.onValued((batch) => void seen.push(...[...batch].map(({ marketValue }) => String(marketValue))));
    stream.emit(price('A', 5));
    await clock.advance(1);
    stream.emit(price('A', 6, START + 1));
    stream.emit(price('A', 7, START + 2));
    await run(marking.close(), 0);
    expect(seen.at(-1)).toBe('14.00');
    expect(await worth('p')).toBe('14.00');
  });

  test('leaves no timer, no listener on stream and bus, and releases the lock', async () => {
    const clock = new FakeClock({ now: START });
    const bus = new InMemoryEventBus({ clock });
    const lock = new InMemoryLock({ clock });
    const { stream, start, run } = await world({
      clock,
      bus,
      lock,
      fx: ['EUR/USD'],
      fxMaxAgeMs: 1000,
      emission: { minChange: 100, maxAgeMs: 1000 },
    });
    let listeners = 0;
    for (const name of ['onMessage', 'onStatus'] as const) {
      const listen = stream[name].bind(stream) as (listener: never) => () => void;
      stream[name] = ((listener: never) => {
        listeners++;
        const stop = listen(listener);
        return () => {
          listeners--;
          stop();
        };
      }) as never;
    }
    const starting = start();
    await clock.advance(1);
    const marking = await starting;
    expect(listeners).toBe(3);
    marking.onValued(() => undefined);
    stream.emit(price('A', 5));
    await clock.advance(500);
    stream.emit(price('A', 5.1, START + 1));
    await clock.advance(10);
    const closed = marking.close();
    await clock.advance(0);
    await closed;
    expect(clock.pending).toBe(0);
    expect(listeners).toBe(0);
    expect(bus.stats().subscriptions).toBe(0);
    expect(lock.stats()).toMatchObject({ held: 0, waiting: 0 });
    expect(() => marking.onValued(() => undefined)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await run(marking.flush(), 0);
    expect(clock.pending).toBe(0);
  });

  test('is idempotent, is called by await using, and rejects a timeout that no timer can take', async () => {
    const { clock, stream, start, run } = await world();
    const marking = await run(start());
    await expect(marking.close({ timeoutMs: NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(stream.getStatus().state).toBe('subscribed');
    await run(
      (async () => {
        await using same = marking;
        expect(same.stats().engine.portfolios).toBe(2);
      })(),
    );
    expect(stream.getStatus().state).toBe('disconnected');
    await Promise.all([marking.close(), marking.close()]);
    await expect(marking.start()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(clock.pending).toBe(0);
  });

  test.each(['loadPrices', 'stream', 'connect', 'subscribe'] as const)(
    'rejects a start in %s with CLOSED',
    async (step) => {
      const { clock, stream, repository } = await world();
      const marking = new MarkToMarket({
        stream,
        repository,
        clock,
        bus: new InMemoryEventBus({ clock }),
        lock: null,
      });
      const connect = stream.connect.bind(stream);
      let letGo = (): void => undefined;
      const wait = () => new Promise<void>((resolve) => (letGo = resolve));
      if (step === 'connect') stream.connect = () => wait().then(() => connect());
      else if (step === 'subscribe') stream.subscribe = wait;
      else repository.scripts[step] = hanging;
      const starting = marking.start();
      starting.catch(() => undefined);
      await clock.advance(10);
      const closed = marking.close();
      await clock.advance(0);
      await closed;
      letGo();
      await clock.advance(0);
      await expect(starting).rejects.toMatchObject({ code: 'CLOSED' });
      expect(stream.getStatus().state).toBe('disconnected');
      expect(clock.pending).toBe(0);
    },
  );

  test('leaves a stream connected that was connected before, and unsubscribes from the symbols that it added', async () => {
    const { clock, stream, start, run } = await world();
    await stream.connect();
    await run(stream.subscribe(['A', 'OTHER']), 1);
    const marking = await run(start());
    await run(marking.create(portfolio('x', { X: 1 })));
    expect([...stream.getSubscribedSymbols()].sort()).toEqual(['A', 'B', 'OTHER', 'X']);
    await run(marking.close());
    expect(stream.getStatus().state).toBe('subscribed');
    expect(stream.getSubscribedSymbols()).toEqual(['A', 'OTHER']);
    await run(stream.disconnect());
    expect(clock.pending).toBe(0);
  });

  test('leaves a stream connected that another one uses', async () => {
    const { stream, start, run } = await world();
    const [first, second] = [await run(start()), await run(start())];
    await run(first.close());
    expect([stream.getStatus().state, [...stream.getSubscribedSymbols()].sort()]).toEqual([
      'subscribed',
      ['A', 'B'],
    ]);
    await run(second.close());
    expect(stream.getStatus().state).toBe('disconnected');
  });

  test('ends changes of holdings: they would be stored, and announced to nobody', async () => {
    const { start, run } = await world();
    const marking = await run(start());
    const held = await run(marking.create(portfolio('x', { X: 1 })));
    await run(marking.close());
    for (const change of [
      () => marking.update('x', (each) => each.deposit(1)),
      () => marking.book('x', []),
      () => marking.bookMany([]),
      () => marking.create(portfolio('y', {})),
      () => marking.delete('x', held.version),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('stores the last values even if disconnecting the stream hangs', async () => {
    const { clock, stream, start, run, worth } = await world();
    const marking = await run(start());
    stream.emit(price('A', 5));
    await clock.advance(1);
    stream.emit(price('A', 7, START + 1));
    stream.disconnect = () => new Promise<void>(() => undefined);
    await run(marking.close({ timeoutMs: 200 }), 200);
    expect(await worth('p')).toBe('14.00');
  });

  test('resolves within its timeout even if save, publish, load and disconnect hang', async () => {
    const clock = new FakeClock({ now: START });
    const bus = new ScriptedBus({ clock });
    const { stream, repository, start, errors } = await world({ clock, bus });
    const starting = start();
    await clock.advance(1000);
    const marking = await starting;
    repository.scripts.saveValuations = hanging;
    repository.scripts.savePrices = hanging;
    repository.scripts.loadMany = hanging;
    bus.scripts.set(PORTFOLIOS_VALUED, hanging);
    stream.emit(price('A', 5));
    await clock.advance(300);
    void marking.update('p', (held) => held.buy('A', 1, 1));
    await clock.advance(300);
    bus.scripts.set(PRICES_CHANGED, hanging);
    stream.emit(price('A', 6, START + 1));
    const disconnect = stream.disconnect.bind(stream);
    stream.disconnect = () => disconnect().then(() => new Promise<void>(() => undefined));
    let isClosed = false;
    void marking.close({ timeoutMs: 200 }).then(() => (isClosed = true));
    await clock.advance(199);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect(isClosed).toBe(true);
    expect(errors.map(({ code }) => code)).toContain('TIMEOUT');
    expect(clock.pending).toBe(0);
    expect(bus.stats().subscriptions).toBe(0);
  });

  test('closes the other parts even if one throws or rejects, or onError throws', async () => {
    const { clock, stream, start, run, worth } = await world({
      onError: () => {
        throw new Error('reporter');
      },
    });
    const marking = await run(start());
    stream.emit(price('A', 5));
    await clock.advance(10);
    const disconnect = stream.disconnect.bind(stream);
    stream.disconnect = () => {
      void disconnect();
      throw new Error('disconnect');
    };
    marking.bus.close = () => Promise.reject(new Error('bus'));
    await run(marking.close());
    expect(await worth('p')).toBe('10.00');
    expect(clock.pending).toBe(0);
  });
});
