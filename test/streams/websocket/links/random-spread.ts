import { expect } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { isGap, type PriceStreamGap } from 'tickmark';
import { binance, SymbolRefusedError, WebSocketPriceStreamAdapter } from 'tickmark/websocket';
import { seededRandom } from '../../../../src/core/random.js';
import type { ScriptedConnection } from '../../connection/scripted-transport.js';
import { BinanceServer } from '../binance-server.js';
import { MemoryLink } from '../memory-link.js';

const SYMBOLS = Array.from({ length: 12 }, (_, at) => `S${at}`);
const STEPS = 40;

interface Sent {
  readonly symbol: string;
  readonly at: number;
  /** Whether the symbol was subscribed: subscribe() had settled, and unsubscribe() was not called. */
  isOwed: boolean;
}

/**
 * Drives a stream over several connections through random steps from a seed: symbols come and go, connections break, die silently, are
 * replaced and refused. Each price that was sent to a subscribed symbol must arrive once, unless a gap of the symbol covers it.
 */
export async function randomSpread(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];
  const some = (share: number): string[] => SYMBOLS.filter(() => random() < share);
  const perConnection = 1 + Math.floor(random() * 6);
  const needed = Math.ceil(SYMBOLS.length / perConnection);
  const connections = needed + Math.floor(random() * 3);
  const clock = new FakeClock();
  const server = new BinanceServer();
  const network = new MemoryLink(server, clock);
  const limits = { connections, symbolsPerConnection: perConnection, symbolsPerFrame: 3 };

  const sent = new Map<number, Sent>();
  const delivered = new Map<number, number>();
  const last = new Map<string, number>();
  const gaps: PriceStreamGap[] = [];
  const settled = new Set<string>();
  const lastCall = new Map<string, object>();
  const trace: string[] = [];
  const because = (): string =>
    `seed ${seed}, ${perConnection} symbols on each of ${connections}: ${trace.join(', ')}`;

  const adapter = new WebSocketPriceStreamAdapter({
    venue: { ...binance({ quotes: false }), limits },
    clock,
    random,
    transport: network.transport,
    onError: (error) => {
      if (error instanceof SymbolRefusedError) gone([error.symbol]);
    },
  });
  adapter.onMessage((message) => {
    if (isGap(message)) return void gaps.push(message);
    const number = Number(message.price);
    delivered.set(number, (delivered.get(number) ?? 0) + 1);
    expect(number, because()).toBeGreaterThan(last.get(message.symbol) ?? 0);
    last.set(message.symbol, number);
  });

  const trade = (symbols: readonly string[], isReversed = false): void => {
    const clients = [...server.clients];
    if (isReversed) clients.reverse();
    // The clock may be between two ms, which the venue's times never are.
    for (const symbol of symbols) {
      sent.set(sent.size + 1, { symbol, at: clock.now(), isOwed: settled.has(symbol) });
      server.trade(symbol, sent.size, Math.floor(clock.now()), clients);
    }
  };
  const isCovered = ({ symbol, at }: Sent): boolean =>
    gaps.some(({ symbols, from, to }) => symbols.includes(symbol) && from <= at && at <= to);
  const gone = (symbols: readonly string[]): void => {
    for (const symbol of symbols) {
      settled.delete(symbol);
      lastCall.delete(symbol);
    }
    // An outage that lasts has no gap, at its end, of a symbol that nobody wants any more.
    for (const [number, price] of sent)
      if (symbols.includes(price.symbol) && !delivered.has(number) && !isCovered(price)) price.isOwed = false;
  };
  const subscribe = (symbols: readonly string[]): void => {
    const call = {};
    for (const symbol of symbols) lastCall.set(symbol, call);
    const noted = (): void => {
      const wanted = new Set(adapter.getSubscribedSymbols());
      for (const symbol of symbols)
        if (lastCall.get(symbol) === call && wanted.has(symbol)) settled.add(symbol);
    };
    void adapter.subscribe(symbols).then(noted, () => undefined);
  };
  const unsubscribe = (symbols: readonly string[]): void => {
    gone(symbols);
    void adapter.unsubscribe(symbols).catch(() => undefined);
  };
  const replaced = new Set<ScriptedConnection>();
  const shutDown = (link: ScriptedConnection): void => link.frame('{"e":"serverShutdown","E":1}');
  const replace = (link: ScriptedConnection | undefined, why: (link: ScriptedConnection) => void): void => {
    if (!link || link.isDead) return;
    replaced.add(link);
    why(link);
  };
  const steps: Record<string, () => unknown> = {
    subscribe: () => subscribe(some(0.5)),
    subscribeAll: () => subscribe(SYMBOLS),
    unsubscribe: () => unsubscribe(some(0.4)),
    unsubscribeMost: () => unsubscribe(some(0.9)),
    kill: () => pick(network.live)?.drop({ code: 1006 }),
    killAll: () => network.live.forEach((link) => link.drop()),
    // A loss that nobody notices before a planned replacement has taken over has no gap.
    die: () => pick(network.live.filter((link) => !replaced.has(link)))?.die(),
    deafen: () => replace(pick(network.live), (link) => void (link.answersPings = false)),
    shutdown: () => replace(pick(network.live), shutDown),
    shutdownAll: () => network.live.forEach((link) => replace(link, shutDown)),
    refuse: () => server.refuse(),
    ignore: () => (server.upgrade = { kind: 'silence' }),
    accept: () => server.accept(),
    mute: () => (server.answers = false),
    answer: () => (server.answers = true),
    wait: () => clock.advance(15_000),
  };
  const names = [...Object.keys(steps), 'accept', 'answer', 'wait', 'wait', 'subscribe', 'unsubscribeMost'];

  const check = (): void => {
    expect(network.live.length, because()).toBeLessThanOrEqual(connections);
    for (const { streams } of server.clients) {
      const held = [...streams.values()].filter((count) => count > 0).length;
      expect(held, because()).toBeLessThanOrEqual(perConnection);
    }
    for (const { symbols } of adapter.stats().connections)
      expect(symbols, because()).toBeLessThanOrEqual(perConnection);
  };
  const run = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 250) {
      await clock.advance(Math.min(250, left));
      trade(some(0.5), random() < 0.5);
      check();
    }
  };

  void adapter.connect().catch(() => undefined);
  await run(100);
  for (let step = 0; step < STEPS; step++) {
    const name = pick(names)!;
    trace.push(name);
    await steps[name]!();
    check();
    await run(Math.floor(random() ** 3 * 4000));
  }

  // At rest: each symbol is subscribed once, over as few connections as it needs with a quarter of one to spare.
  server.accept();
  server.answers = true;
  trace.push('at rest');
  for (let waited = 0; waited < 240; waited++) {
    await clock.advance(1000);
    trade(some(0.2), random() < 0.5);
  }
  check();
  const wanted = adapter.getSubscribedSymbols();
  expect([...server.table()].sort(), because()).toEqual([...wanted].sort().map((symbol) => [symbol, 1]));
  expect([...settled].sort(), because()).toEqual([...wanted].sort());
  const enough = Math.max(1, Math.ceil((wanted.length + Math.floor(perConnection / 4)) / perConnection));
  expect(network.live.length, because()).toBeLessThanOrEqual(enough);
  const { unexplained, rejected } = adapter.stats();
  expect([unexplained, rejected], because()).toEqual([0, {}]);

  trade(SYMBOLS);
  for (const [number, price] of sent) {
    const times = delivered.get(number) ?? 0;
    expect(times, because()).toBeLessThanOrEqual(1);
    if (!price.isOwed || times === 1) continue;
    expect(isCovered(price), `price ${number} of ${price.symbol} at ${price.at}; ${because()}`).toBe(true);
  }

  await adapter.disconnect();
  await network.close();
  expect([clock.pending, network.live.length], because()).toEqual([0, 0]);
}
