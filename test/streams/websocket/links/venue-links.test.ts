import { afterEach, describe, expect, test } from 'vitest';
import { InMemoryPortfolioRepository, markToMarket, Portfolio } from 'tickmark';
import { binance, type Venue, type VenueLimits } from 'tickmark/websocket';
import { BinanceServer } from '../binance-server.js';
import type { ServedClient } from '../venue-server.js';
import { venueWorld } from '../venue-world.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function world(venue: Venue) {
  const opened = venueWorld(new BinanceServer(), venue, { symbols: { bitcoin: 'BTCUSDT' } });
  ends.push(async () => expect(await opened.close()).toBe(0));
  const { server, adapter, messages } = opened;
  const sent: string[] = [];
  return {
    ...opened,
    names: (count: number, prefix = 'S') => Array.from({ length: count }, (_, at) => `${prefix}${at}`),
    /** The client that carries a symbol. */
    carrier: (symbol: string): ServedClient =>
      [...server.clients].find(({ streams }) => (streams.get(`${symbol.toLowerCase()}@trade`) ?? 0) > 0)!,
    /** Sends a price of each symbol, to the clients in this order. */
    tick: (symbols: Iterable<string>, to?: readonly ServedClient[]): void => {
      for (const symbol of symbols) {
        const price = sent.length + 1;
        sent.push(`${symbol} ${price}`);
        // A fake clock may be between two ms.
        server.trade(symbol, price, Math.floor(opened.clock.now()), to);
      }
    },
    sent,
    delivered: () =>
      messages.flatMap((each) => ('type' in each ? [] : [`${each.symbol} ${Number(each.price)}`])),
    connections: () => adapter.stats().connections.map(({ state, symbols }) => `${state} ${symbols}`),
  };
}

const limited = (limits: VenueLimits): Venue => ({ ...binance({ quotes: false }), limits });

describe('more symbols than one connection carries', () => {
  test('2,000 symbols at 512 a connection: four connections, and when one is killed, its symbols alone have a gap; none is lost or doubled', async () => {
    const w = world(binance());
    const symbols = w.names(2000);
    await w.connect();
    await w.subscribe(...symbols);
    expect(w.connections()).toEqual(['connected 512', 'connected 512', 'connected 512', 'connected 464']);
    expect(w.server.clients.size).toBe(4);
    expect([...w.server.table().values()].every((count) => count === 1)).toBe(true);
    w.tick(symbols);
    expect(w.delivered()).toEqual(w.sent);
    await w.clock.advance(1000);

    const killed = w.network.live[1]!;
    const its = symbols.slice(512, 1024);
    const others = symbols.filter((symbol) => !its.includes(symbol));
    killed.drop({ code: 1006 });
    const lostAt = w.clock.now();
    expect(w.adapter.getStatus()).toEqual({ state: 'degraded', symbols: its });
    expect(w.connections()[1]).toBe('reconnecting 512');
    w.tick(others);
    expect(w.delivered()).toEqual(w.sent);

    await w.until(() => w.server.table().size === 2000);
    await w.until(() => w.connections()[1] === 'connected 512');
    const gap = { symbols: its, reason: 'disconnect', recovered: false };
    expect(w.gaps()).toMatchObject([gap]);
    expect(w.gaps()[0]!.from).toBeLessThanOrEqual(lostAt);
    w.tick(symbols);
    expect(w.delivered()).toEqual(w.sent);
    const states = ['connecting', 'connected', 'subscribed', 'degraded', 'subscribed'];
    expect(w.statuses.map(({ state }) => state)).toEqual(states);
    expect(w.adapter.stats()).toMatchObject({
      reconnects: 1,
      superseded: 0,
      unsubscribed: 0,
      unexplained: 0,
    });
  });

  test('positions in the symbols of a lost connection alone are stale, at once and until their next price', async () => {
    const w = world(limited({ symbolsPerConnection: 2 }));
    const symbols = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'];
    const repository = new InMemoryPortfolioRepository();
    const empty = Portfolio.create({ id: 'p', currency: 'USD' });
    await repository.save(symbols.reduce((all, symbol) => all.buy(symbol, 1, 1), empty));
    const marking = await w.settled(
      markToMarket({ stream: w.adapter, repository, clock: w.clock, previousCloses: null }),
    );
    const grades = async (): Promise<string[]> => {
      await w.clock.advance(200);
      return marking.value('p')!.positions.map(({ grade }) => grade);
    };
    await w.clock.advance(100);
    w.tick(symbols);
    expect(await grades()).toEqual(['live', 'live', 'live', 'live', 'live']);
    w.server.refuse();
    w.network.live[1]!.drop();
    expect(await grades()).toEqual(['live', 'live', 'stale', 'stale', 'live']);
    expect(w.connections()[1]).toBe('reconnecting 2');
    w.server.accept();
    await w.clock.advance(2000);
    expect(await grades()).toEqual(['live', 'live', 'stale', 'stale', 'live']);
    w.tick(['CCC']);
    expect(await grades()).toEqual(['live', 'live', 'live', 'stale', 'live']);
    await w.settled(marking.close());
  });

  test('beyond all connections fail with SUBSCRIPTION_LIMIT, and no symbol of the call is subscribed', async () => {
    const w = world(limited({ symbolsPerConnection: 3, connections: 2 }));
    await w.connect();
    await w.subscribe(...w.names(4));
    await expect(w.subscribe('X', 'Y', 'Z')).rejects.toMatchObject({ code: 'SUBSCRIPTION_LIMIT' });
    expect(w.adapter.getSubscribedSymbols()).toEqual(w.names(4));
    await w.subscribe('X', 'Y');
    expect(w.connections()).toEqual(['connected 3', 'connected 3']);
    await w.unsubscribe('S0');
    await w.subscribe('Z');
    expect([...w.server.table().keys()].sort()).toEqual(['S1', 'S2', 'S3', 'X', 'Y', 'Z']);
  });

  test('a symbol that is subscribed again on another connection has no price of the first one', async () => {
    const w = world(limited({ symbolsPerConnection: 2 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB', 'CCC');
    const first = w.carrier('BBB');
    // Its place is taken by another one before it comes back.
    await Promise.all([w.unsubscribe('BBB'), w.subscribe('DDD'), w.subscribe('BBB')]);
    expect(w.carrier('BBB')).not.toBe(first);
    first.streams.set('bbb@trade', 1);
    w.tick(['AAA', 'BBB', 'CCC', 'DDD']);
    expect(w.delivered()).toEqual(w.sent);
    expect(w.adapter.stats().superseded).toBe(1);
  });

  test('without a limit of symbols, and up to the limit, are one connection', async () => {
    const none = world(limited({ symbolsPerFrame: 500 }));
    await none.connect();
    await none.subscribe(...none.names(3000));
    expect(none.connections()).toEqual(['connected 3000']);
    const full = world(limited({ symbolsPerConnection: 4 }));
    await full.connect();
    expect(full.connections()).toEqual(['connected 0']);
    await full.subscribe(...full.names(4));
    expect(full.connections()).toEqual(['connected 4']);
  });
});

describe('a further connection', () => {
  test('that cannot be opened is retried: subscribe() resolves, its symbols follow, and the others have their prices', async () => {
    const w = world(limited({ symbolsPerConnection: 2 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB');
    w.server.refuse();
    await w.subscribe('CCC');
    expect(w.connections()).toEqual(['connected 2', 'reconnecting 1']);
    expect(w.errors).toMatchObject([{ code: 'STREAM_FAILED', retryable: true }]);
    expect(w.adapter.getStatus()).toEqual({ state: 'degraded', symbols: ['CCC'] });
    await w.subscribe('bitcoin');
    expect(w.adapter.getStatus()).toEqual({ state: 'degraded', symbols: ['CCC', 'bitcoin'] });
    w.tick(['AAA', 'BBB']);
    w.server.accept();
    await w.until(() => w.connections()[1] === 'connected 2');
    expect(w.adapter.getStatus().state).toBe('subscribed');
    w.tick(['AAA', 'BBB', 'CCC']);
    expect(w.delivered()).toEqual(w.sent);
  });

  test('that the venue refuses for good takes its symbols with it, and none of the others', async () => {
    const w = world(limited({ symbolsPerConnection: 2 }));
    await w.connect();
    await w.subscribe('AAA', 'bitcoin');
    w.server.upgrade = { kind: 'hang-up', code: 4401 };
    await expect(w.subscribe('CCC', 'DDD')).rejects.toMatchObject({ code: 'SYMBOL_REFUSED', symbol: 'CCC' });
    expect(w.errors.map(({ code }) => code)).toEqual(['UNAUTHORIZED', 'SYMBOL_REFUSED', 'SYMBOL_REFUSED']);
    expect(w.adapter.getSubscribedSymbols()).toEqual(['AAA', 'bitcoin']);
    expect(w.connections()).toEqual(['connected 2']);
    expect(w.adapter.getStatus().state).toBe('subscribed');
    w.server.accept();
    await w.subscribe('CCC');
    expect(w.connections()).toEqual(['connected 2', 'connected 1']);
  });

  test('that is lost and then refused for good refuses its symbols, after the status has listed them', async () => {
    const w = world(limited({ symbolsPerConnection: 1 }));
    await w.connect();
    await w.subscribe('AAA', 'bitcoin');
    w.server.upgrade = { kind: 'hang-up', code: 4401 };
    w.network.live[1]!.drop();
    await w.clock.advance(5000);
    expect(w.statuses).toContainEqual({ state: 'degraded', symbols: ['bitcoin'] });
    expect(w.adapter.getSubscribedSymbols()).toEqual(['AAA']);
    expect(Object.keys(w.adapter.stats().refused)).toEqual(['bitcoin']);
    expect(w.adapter.getStatus().state).toBe('subscribed');
    // The last one takes the stream with it.
    w.network.live[0]!.drop();
    await w.clock.advance(5000);
    expect(w.adapter.getStatus()).toMatchObject({ state: 'failed', error: { code: 'UNAUTHORIZED' } });
  });

  test('waits when the venue admits no more new ones for now', async () => {
    const w = world(limited({ symbolsPerConnection: 1, newConnections: { most: 2, withinMs: 10_000 } }));
    await w.connect();
    await w.subscribe('AAA', 'BBB');
    const began = w.clock.monotonic();
    await w.subscribe('CCC');
    expect(w.clock.monotonic() - began).toBeGreaterThan(9900);
    await w.settled(w.adapter.disconnect());
    for (let round = 0; round < 6; round++) {
      await w.connect();
      await w.settled(w.adapter.disconnect());
    }
    for (const [at, time] of w.server.attempts.entries())
      if (at >= 2) expect(time - w.server.attempts[at - 2]!).toBeGreaterThanOrEqual(10_000);
  });
});

describe('an outage of all connections', () => {
  test('is the status of the stream until one is back; then it lists the symbols of the others', async () => {
    const w = world(limited({ symbolsPerConnection: 1 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB', 'CCC');
    const told = w.statuses.length;
    w.server.breakLink();
    await w.clock.advance(60_000);
    w.server.accept();
    await w.until(() => w.adapter.getStatus().state === 'subscribed');
    const states = w.statuses.slice(told);
    // One after the other is lost, and comes back.
    expect(states.slice(0, 2)).toEqual([
      { state: 'degraded', symbols: ['AAA'] },
      { state: 'degraded', symbols: ['AAA', 'BBB'] },
    ]);
    const attempts = states.flatMap((each) => ('attempt' in each ? [each.attempt] : []));
    expect(attempts).toEqual([...attempts].sort((a, b) => a - b));
    expect(attempts[0]).toBe(1);
    const after = states.slice(states.findLastIndex(({ state }) => state === 'reconnecting') + 1);
    expect(after.map((each) => ('symbols' in each ? each.symbols.length : each.state))).toEqual([
      2,
      1,
      'subscribed',
    ]);
    w.tick(['AAA', 'BBB', 'CCC']);
    expect(w.delivered()).toEqual(w.sent);
    expect(
      w
        .gaps()
        .map(({ symbols }) => symbols.join())
        .sort(),
    ).toEqual(['AAA', 'BBB', 'CCC']);
  });
});

describe('connections that are replaced', () => {
  test('overlap while the venue allows one more, one after the other', async () => {
    const w = world(limited({ symbolsPerConnection: 1, connections: 3 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB');
    await w.clock.advance(20_000);
    for (const link of w.network.live) link.frame('{"e":"serverShutdown","E":1}');
    let most = 0;
    for (let waited = 0; waited < 5000; waited += 5) {
      most = Math.max(most, w.network.live.length);
      w.tick(['AAA', 'BBB']);
      await w.clock.advance(5);
    }
    expect([most, w.adapter.stats().rotations, w.gaps()]).toEqual([3, 2, []]);
    expect(w.delivered()).toEqual(w.sent);
  });

  test('are closed first when symbols need all that the venue allows', async () => {
    const w = world(limited({ symbolsPerConnection: 1, connections: 2 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB');
    await w.clock.advance(20_000);
    w.network.live[0]!.frame('{"e":"serverShutdown","E":1}');
    let most = 0;
    for (let waited = 0; waited < 3000; waited += 5) {
      most = Math.max(most, w.network.live.length);
      await w.clock.advance(5);
    }
    expect([most, w.connections()]).toEqual([2, ['connected 1', 'connected 1']]);
    expect(w.gaps().map(({ symbols }) => symbols)).toEqual([['AAA']]);
  });
});

describe('connections that are no longer needed', () => {
  /** Four full connections, of which most symbols are gone. */
  async function sparse(limits: VenueLimits = {}) {
    const w = world(limited({ symbolsPerConnection: 12, ...limits }));
    await w.connect();
    await w.subscribe(...w.names(48));
    const gone = w.names(48).filter((_, at) => at % 6 !== 0);
    await w.unsubscribe(...gone);
    const left = w.names(48).filter((_, at) => at % 6 === 0);
    return { ...w, left, gone };
  }
  type Sparse = Awaited<ReturnType<typeof sparse>>;
  const merging = (w: Sparse): Promise<void> =>
    w.until(() => [...w.server.table().values()].some((count) => count > 1));

  test.each([
    ['the old one first', false],
    ['the new one first', true],
  ])(
    'are merged and closed without a lost or doubled price, a gap or a change of status: %s',
    async (_, isReversed) => {
      const w = await sparse();
      const told = w.statuses.length;
      expect(w.connections()).toHaveLength(4);
      while (w.clock.monotonic() < 60_000) {
        const clients = [...w.server.clients];
        w.tick(w.left, isReversed ? clients.reverse() : clients);
        await w.clock.advance(20);
      }
      expect(w.delivered()).toEqual(w.sent);
      expect(w.connections()).toEqual(['connected 8']);
      expect(w.network.live).toHaveLength(1);
      expect([...w.server.table()].sort()).toEqual(w.left.map((symbol) => [symbol, 1]).sort());
      expect([w.gaps(), w.errors, w.statuses.length]).toEqual([[], [], told]);
      expect(w.adapter.stats().superseded).toBeGreaterThan(0);
    },
  );

  test('are merged although their symbols have no prices meanwhile', async () => {
    const w = await sparse();
    await w.until(() => w.connections().length === 1);
    expect(w.clock.monotonic()).toBeLessThan(60_000);
    w.tick(w.left);
    expect(w.delivered()).toEqual(w.sent);
  });

  test('are closed before the other one has sent the last price again, which is dropped', async () => {
    const w = await sparse();
    await merging(w);
    const last = w.left[7]!;
    const [to, , , from] = w.server.clients;
    w.tick([last], [from!]);
    const T = Math.floor(w.clock.now());
    await w.until(() => w.connections().length === 3);
    const copy = { e: 'trade', E: T, s: last, t: 1, p: '1', q: '1.0', T, m: true, M: true };
    to!.socket.send(JSON.stringify(copy));
    w.tick([last]);
    expect(w.delivered()).toEqual(w.sent);
    expect(w.adapter.stats().superseded).toBe(1);
  });

  test('stay for ten seconds, in which symbols may come back', async () => {
    const w = await sparse();
    await w.clock.advance(9000);
    await w.subscribe(...w.gone);
    await w.clock.advance(60_000);
    expect(w.server.attempts).toHaveLength(4);
    expect(w.connections()).toEqual(Array.from({ length: 4 }, () => 'connected 12'));
    expect([...w.server.table().values()].every((count) => count === 1)).toBe(true);
  });

  test('without symbols are closed, also one that is down', async () => {
    const w = world(limited({ symbolsPerConnection: 2 }));
    await w.connect();
    await w.subscribe('AAA', 'BBB', 'CCC');
    w.server.refuse();
    w.network.live[1]!.drop();
    await w.unsubscribe('CCC');
    await w.clock.advance(20_000);
    expect(w.connections()).toEqual(['connected 2']);
    const tries = w.server.attempts.length;
    await w.clock.advance(60_000);
    expect(w.server.attempts).toHaveLength(tries);
  });

  test('stay while one is down, and are merged when all are up', async () => {
    const w = await sparse();
    w.server.refuse();
    w.network.live[0]!.drop();
    await w.clock.advance(60_000);
    expect(w.connections()).toHaveLength(4);
    w.server.accept();
    await w.until(() => w.connections().length === 1);
  });

  test.each([
    ['the one to be closed', 3],
    ['the one to which symbols move', 0],
  ])('stay when %s breaks before all have moved; each symbol stays subscribed once', async (_, at) => {
    const w = await sparse();
    await merging(w);
    // One has moved, the others have not.
    w.tick([w.left[6]!], [...w.server.clients].reverse());
    w.tick([w.left[6]!]);
    w.network.live[at]!.drop();
    const status = w.adapter.getStatus();
    const affected = 'symbols' in status ? status.symbols : [];
    // Its own, and with the new one that which has moved; with the old one those that have not.
    expect(affected).toHaveLength(at === 0 ? 3 : 1);
    expect(affected.includes(w.left[6]!)).toBe(at === 0);
    await w.clock.advance(5000);
    expect([...w.server.table()].sort()).toEqual(w.left.map((symbol) => [symbol, 1]).sort());
    expect(w.connections()).toHaveLength(4);
    const before = w.delivered().length;
    w.tick(w.left);
    expect(w.delivered().slice(before)).toEqual(w.sent.slice(-8));
    await w.until(() => w.connections().length === 1);
  });

  test('stay when symbols come that need their places', async () => {
    const w = await sparse({ connections: 4 });
    await merging(w);
    const more = w.names(40, 'T');
    await w.subscribe(...more);
    await w.clock.advance(60_000);
    expect(w.connections()).toEqual(Array.from({ length: 4 }, () => 'connected 12'));
    expect([...w.server.table()].sort()).toEqual([...w.left, ...more].map((symbol) => [symbol, 1]).sort());
    w.tick([...w.left, ...more]);
    expect(w.delivered()).toEqual(w.sent);
  });

  test('symbols that are unsubscribed while they move are subscribed nowhere', async () => {
    const w = await sparse();
    await merging(w);
    w.tick([w.left[6]!], [...w.server.clients].reverse());
    await w.unsubscribe(w.left[6]!, w.left[7]!);
    await w.clock.advance(20);
    expect(w.server.table().has(w.left[6]!)).toBe(false);
    expect(w.server.table().has(w.left[7]!)).toBe(false);
    await w.until(() => w.connections().length === 1);
    expect([...w.server.table()].sort()).toEqual(
      w.left
        .slice(0, 6)
        .map((symbol) => [symbol, 1])
        .sort(),
    );
  });

  test('a symbol that the venue refuses on the other connection stays where it is', async () => {
    const w = await sparse();
    w.server.refused.add(w.left[7]!);
    await w.clock.advance(30_000);
    expect(w.connections()).toHaveLength(4);
    expect([w.errors, w.adapter.getSubscribedSymbols()]).toEqual([[], w.left]);
    w.tick(w.left);
    expect(w.delivered()).toEqual(w.sent);
    w.server.refused.clear();
    await w.until(() => w.connections().length === 1);
  });
});
