import { afterEach, describe, expect, test } from 'vitest';
import {
  combineStreams,
  InMemoryPortfolioRepository,
  markToMarket,
  type MarkToMarket,
  type TickmarkError,
} from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { PollingPriceStreamAdapter } from 'tickmark/polling';
import { coinbase, kraken, WebSocketPriceStreamAdapter } from 'tickmark/websocket';
import { seededRandom } from '../../src/core/random.js';
import { START, portfolio } from '../core/engine/engine-world.js';
import { ScriptedStream } from '../core/streams/combined/scripted-stream.js';
import { answer, quotesSource } from '../streams/polling/quotes-source.js';
import { ScriptedFetch } from '../streams/sse/scripted-fetch.js';
import { CoinbaseServer } from '../streams/websocket/coinbase-server.js';
import { KrakenServer } from '../streams/websocket/kraken-server.js';
import { MemoryLink } from '../streams/websocket/memory-link.js';
import type { VenueServer } from '../streams/websocket/venue-server.js';

let marking: MarkToMarket | undefined;
let clock: FakeClock;

afterEach(async () => {
  const closing = marking?.close();
  await clock.advance(5000);
  await closing;
  marking = undefined;
});

async function run<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined);
  await clock.advance(10_000);
  return work;
}

/** The grade of each position of a portfolio. */
function grades(of: MarkToMarket, id: string): Record<string, string> {
  return Object.fromEntries(of.value(id)!.positions.map(({ symbol, grade }) => [symbol, grade]));
}

/** Two venues and a polled feed, and a portfolio that needs all three. */
async function threeFeeds() {
  clock = new FakeClock({ now: START });
  const random = seededRandom(3);
  const [coinbaseServer, krakenServer] = [new CoinbaseServer(), new KrakenServer()];
  const errors: TickmarkError[] = [];
  const onError = (error: TickmarkError): void => void errors.push(error);
  const socket = (server: VenueServer, venue: ReturnType<typeof coinbase>): WebSocketPriceStreamAdapter =>
    new WebSocketPriceStreamAdapter({
      venue,
      clock,
      random,
      transport: new MemoryLink(server, clock).transport,
    });
  const net = new ScriptedFetch();
  let isProviderUp = true;
  net.onRequest = (request) => {
    if (isProviderUp) answer(request, [['fx:eurusd', '1.10', clock.now()]]);
    else request.head(503).end();
  };
  const polled = new PollingPriceStreamAdapter({
    source: quotesSource(),
    clock,
    random,
    jitter: 0,
    fetch: net.fetch,
  });
  const repository = new InMemoryPortfolioRepository({ clock });
  await repository.save(portfolio('p', { 'BTC-USD': 2, 'XRP-USD': 100 }));
  await repository.save(portfolio('euro', { 'ADA-EUR': 10 }, { currency: 'EUR' }));
  marking = await run(
    markToMarket({
      stream: [
        { name: 'kraken', stream: socket(krakenServer, kraken()), carries: /^(XRP|ADA)-/ },
        { name: 'rates', stream: polled, carries: (symbol) => symbol.includes('/') },
        { name: 'coinbase', stream: socket(coinbaseServer, coinbase()) },
      ],
      symbols: (symbol, stream) => {
        if (stream === 'kraken') return symbol.replace('-', '/');
        return stream === 'rates' ? `fx:${symbol.replace('/', '').toLowerCase()}` : undefined;
      },
      fx: ['EUR/USD'],
      // The servers speak WebSocket only.
      previousCloses: null,
      repository,
      clock,
      random,
      staleAfter: 600_000,
      onError,
    }),
  );
  const quote = async (btc: string, xrp: string): Promise<void> => {
    const sides = (last: string) => ({ bid: last, ask: last });
    coinbaseServer.ticker('BTC-USD', btc, sides(btc));
    krakenServer.ticker('XRP/USD', xrp, sides(xrp));
    await clock.advance(1100);
  };
  const provider = (isUp: boolean): void => void (isProviderUp = isUp);
  return { marking, coinbaseServer, krakenServer, errors, quote, provider };
}

describe('markToMarket() with several streams', () => {
  test('two venues and a polled feed value one portfolio; when one fails, its own symbols are stale', async () => {
    const { coinbaseServer, krakenServer, errors, quote, provider } = await threeFeeds();
    const live = { 'BTC-USD': 'live', 'XRP-USD': 'live' };
    const states = (): Record<string, string> =>
      Object.fromEntries(
        Object.entries(marking!.stats().streams).map(([name, { status }]) => [name, status.state]),
      );
    await quote('50000.00', '0.5000');
    expect(marking!.value('p')!.marketValue!.toString()).toBe('100050.00');
    expect(marking!.convert(1, 'EUR', 'USD')!.toString()).toBe('1.10');
    expect(grades(marking!, 'p')).toEqual(live);
    expect(states()).toEqual({ kraken: 'subscribed', rates: 'subscribed', coinbase: 'subscribed' });

    coinbaseServer.refuse();
    coinbaseServer.breakLink();
    await clock.advance(1100);
    expect(grades(marking!, 'p')).toEqual({ 'BTC-USD': 'stale', 'XRP-USD': 'live' });
    await quote('50000.00', '0.6000');
    expect(states().coinbase).toBe('reconnecting');
    expect(marking!.stats().stream).toEqual({ state: 'degraded', symbols: ['BTC-USD'] });
    expect(grades(marking!, 'p')).toEqual({ 'BTC-USD': 'stale', 'XRP-USD': 'live' });
    expect(marking!.value('p')!.marketValue!.toString()).toBe('100060.00');
    coinbaseServer.accept();
    await clock.advance(60_000);
    await quote('51000.00', '0.6000');
    expect(grades(marking!, 'p')).toEqual(live);
    expect(marking!.value('p')!.marketValue!.toString()).toBe('102060.00');

    krakenServer.refuse();
    krakenServer.breakLink();
    await clock.advance(1100);
    expect(grades(marking!, 'p')).toEqual({ 'BTC-USD': 'live', 'XRP-USD': 'stale' });
    await quote('52000.00', '0.7000');
    expect(grades(marking!, 'p')).toEqual({ 'BTC-USD': 'live', 'XRP-USD': 'stale' });
    expect(marking!.value('p')!.marketValue!.toString()).toBe('104060.00');
    krakenServer.accept();
    await clock.advance(60_000);
    await quote('52000.00', '0.7000');
    expect(grades(marking!, 'p')).toEqual(live);

    provider(false);
    await clock.advance(30_000);
    expect(states()).toEqual({ kraken: 'subscribed', rates: 'reconnecting', coinbase: 'subscribed' });
    await quote('53000.00', '0.7000');
    expect(grades(marking!, 'p')).toEqual(live);
    provider(true);
    await clock.advance(60_000);
    expect(states().rates).toBe('subscribed');
    expect(marking!.stats().stream.state).toBe('subscribed');
    // Each try that failed is reported by its stream, and passed on once a minute.
    expect(new Set(errors.map(({ message }) => message))).toEqual(
      new Set([
        'Stream coinbase: dropped',
        'Stream kraken: dropped',
        'Stream rates: quotes: the server answered with status 503.',
      ]),
    );
    expect(errors.length).toBeLessThanOrEqual(6);
  });

  test('markings share streams: closing one leaves the other its prices', async () => {
    clock = new FakeClock({ now: START });
    const [shared, own] = [new ScriptedStream(clock), new ScriptedStream(clock)];
    const start = async (
      id: string,
      symbol: string,
      stream: Parameters<typeof markToMarket>[0]['stream'],
    ) => {
      const repository = new InMemoryPortfolioRepository({ clock });
      await repository.save(portfolio(id, { [symbol]: 1 }));
      return run(markToMarket({ stream, repository, clock, symbols: { A: 'a', B: 'b' } }));
    };
    const first = await start('p', 'A', [shared.adapter, own.adapter]);
    marking = await start('q', 'B', shared.adapter);
    await run(first.close());
    expect(own.adapter.getStatus().state).toBe('disconnected');
    expect(shared.adapter.getSubscribedSymbols()).toEqual(['b']);
    shared.send('b', 7);
    await clock.advance(1000);
    expect(marking.value('q')!.marketValue!.toString()).toBe('7.00');
  });

  test('a combined stream that the caller made serves two markings', async () => {
    clock = new FakeClock({ now: START });
    const part = new ScriptedStream(clock);
    const stream = combineStreams([part.adapter], { clock });
    const start = async (id: string) => {
      const repository = new InMemoryPortfolioRepository({ clock });
      await repository.save(portfolio(id, { A: 1 }));
      return run(markToMarket({ stream, repository, clock }));
    };
    const first = await start('p');
    marking = await start('q');
    await run(first.close());
    part.send('A', 7);
    await clock.advance(1000);
    expect(marking.value('q')!.marketValue!.toString()).toBe('7.00');
    expect(marking.stats().streams.stream1).toMatchObject({ symbols: 1, prices: 1 });
  });

  test('a stream that failed and is connected again is subscribed again; its old prices are stale until then', async () => {
    clock = new FakeClock({ now: START });
    const part = new ScriptedStream(clock);
    const repository = new InMemoryPortfolioRepository({ clock });
    await repository.save(portfolio('p', { A: 1 }));
    marking = await run(markToMarket({ stream: part.adapter, repository, clock, staleAfter: 600_000 }));
    part.send('A', 7);
    await clock.advance(1000);
    expect(grades(marking, 'p')).toEqual({ A: 'live' });
    part.fail();
    await clock.advance(1000);
    await part.adapter.connect();
    await clock.advance(1000);
    expect(grades(marking, 'p')).toEqual({ A: 'stale' });
    part.send('A', 8);
    await clock.advance(1000);
    expect(grades(marking, 'p')).toEqual({ A: 'live' });
    expect(marking.value('p')!.marketValue!.toString()).toBe('8.00');
    expect(marking.stats().processor.gaps).toBe(1);
  });
});
