import { expect } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { binance, WebSocketPriceStreamAdapter, type LinkHint } from 'tickmark/websocket';
import { seededRandom } from '../../../src/core/random.js';
import type { ScriptedConnection } from '../connection/scripted-transport.js';
import { BinanceServer } from './binance-server.js';
import { MemoryLink } from './memory-link.js';

const SYMBOLS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'];
const STEPS = 25;
const CLOSES = [1000, 1001, 1006, 1011, 1012, 4000];

/** Drives a stream through random steps from a seed. Checks what must hold at any time, at rest and after the end. */
export async function randomLife(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const some = (): string[] => SYMBOLS.filter(() => random() < 0.4);
  const clock = new FakeClock();
  const server = new BinanceServer();
  const network = new MemoryLink(server, clock);
  let hint: (hint: LinkHint) => void = () => undefined;
  const adapter = new WebSocketPriceStreamAdapter({
    venue: binance({ quotes: false }),
    clock,
    random,
    transport: network.transport,
    hints: (listener) => {
      hint = listener;
      return () => (hint = () => undefined);
    },
  });
  let events = 0;
  adapter.onMessage(() => events++);
  adapter.onStatus(() => events++);
  const replaced = new Set<ScriptedConnection>();
  const trace: string[] = [];
  const because = (): string => `seed ${seed}: ${trace.join(', ')}`;

  const check = (): void => {
    // Two only while one is being replaced, because the venue asked for it or does not answer pings.
    const isRotating = network.live.some((link) => replaced.has(link));
    expect(network.live.length, because()).toBeLessThanOrEqual(isRotating ? 2 : 1);
  };
  const steps: Record<string, () => void> = {
    connect: () => void adapter.connect().catch(() => undefined),
    disconnect: () => void adapter.disconnect(),
    subscribe: () => void adapter.subscribe(some()).catch(() => undefined),
    unsubscribe: () => void adapter.unsubscribe(some()).catch(() => undefined),
    kill: () => network.live.forEach((link) => link.drop({ code: pick(CLOSES) })),
    die: () => network.live.forEach((link) => link.die()),
    deafen: () => {
      for (const link of network.live) {
        link.answersPings = false;
        replaced.add(link);
      }
    },
    trade: () => SYMBOLS.forEach((symbol) => server.trade(symbol)),
    shutdown: () => {
      for (const link of network.live.filter(({ isDead }) => !isDead)) {
        replaced.add(link);
        link.frame('{"e":"serverShutdown","E":1}');
      }
    },
    refuse: () => (server.upgrade = { kind: 'cut' }),
    ignore: () => (server.upgrade = { kind: 'silence' }),
    hangUp: () => (server.upgrade = { kind: 'hang-up', code: 1006 }),
    accept: () => server.accept(),
    mute: () => (server.answers = false),
    answer: () => (server.answers = true),
    online: () => hint('online'),
    offline: () => hint('offline'),
    visible: () => hint('visible'),
  };
  const names = [
    ...Object.keys(steps),
    'connect',
    'connect',
    'subscribe',
    'subscribe',
    'accept',
    'answer',
    'trade',
  ];

  steps.connect!();
  for (let step = 0; step < STEPS; step++) {
    const name = pick(names);
    trace.push(name);
    steps[name]!();
    check();
    if (random() < 0.7) await clock.advance(Math.floor(random() ** 3 * 4000));
    check();
  }

  // At rest: each wanted symbol is subscribed at the venue, once.
  server.accept();
  server.answers = true;
  trace.push('at rest');
  void adapter.connect().catch(() => undefined);
  void adapter.connect().catch(() => undefined);
  // Long enough for two retries of an unanswered request, and for the end of a replaced connection.
  for (let waited = 0; waited < 20; waited++) {
    await clock.advance(1000);
    const { state } = adapter.getStatus();
    if (state === 'failed' || state === 'disconnected') void adapter.connect().catch(() => undefined);
  }
  check();
  const wanted = [...adapter.getSubscribedSymbols()].sort();
  expect(network.live, because()).toHaveLength(1);
  expect([...server.table()].sort(), because()).toEqual(wanted.map((symbol) => [symbol, 1]));

  // After disconnect() nothing is left, and nothing happens.
  await adapter.disconnect();
  await network.close();
  const told = events;
  for (const link of network.transport.connections) {
    link.events.opened();
    link.events.frame('{"e":"serverShutdown","E":1}', 1);
    link.events.pong();
    link.events.closed({ message: 'late' });
  }
  await clock.advance(200);
  expect([events, clock.pending, network.live.length], because()).toEqual([told, 0, 0]);
}
