import { expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { tcpProxy, type Direction } from '../servers/tcp-proxy.js';
import { seed, sized } from '../sizes.js';
import { BinanceServer } from '../streams/websocket/binance-server.js';
import { RealStream } from '../streams/websocket/real-stream.js';
import { pause, until } from '../waiting.js';
import { percentile, printFigure } from './figures.js';

const AT_ONCE = 10;
const LINKS = sized({ quick: 6, gate: 60, full: 200 });
// A quiet machine needs less than 2.5 s and 3 s.
const FOUND_WITHIN_MS = 25_000;
const BACK_WITHIN_MS = 50_000;
/** A link is dead if nothing came for this long and two pings are not answered. */
const SILENT_AFTER_MS = 2000;

interface Case {
  readonly direction: Direction;
  /** Whether no prices come, so that only pings keep the link alive. */
  readonly isQuiet: boolean;
  /** When the link stops passing packets on, somewhere between two pings. */
  readonly afterMs: number;
}

/** One stream behind a proxy that stops passing packets on, and closes nothing. */
async function held({ direction, isQuiet, afterMs }: Case): Promise<{ foundMs: number; backMs: number }> {
  const server = await BinanceServer.start();
  const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
  const stream = await RealStream.on(server, {}, `ws://127.0.0.1:${proxy.port}`);
  const { adapter, gaps, symbols } = stream;
  let ticking: NodeJS.Timeout | undefined;
  try {
    if (isQuiet) stream.hush();
    await pause(afterMs);
    const { accepted } = proxy;
    const state = (): string => adapter.getStatus().state;
    proxy.hold(direction, 'open');
    const began = performance.now();
    const every = { everyMs: 2 };
    const foundMs = await until(
      'the link is found dead',
      () => proxy.accepted > accepted || state() === 'reconnecting',
      every,
    );
    await until('another connection', () => proxy.accepted > accepted, every);
    await until('the stream is subscribed', () => state() === 'subscribed', every);
    // What the server sends from here on must arrive.
    let hasPrice = false;
    adapter.onMessage((message) => void (hasPrice ||= 'price' in message));
    ticking = setInterval(() => server.trade(symbols[0]!), 20);
    await until('a price', () => hasPrice, every);
    const backMs = performance.now() - began;
    const reasons = gaps.map(({ reason }) => reason);
    // Where prices still come, the connection is replaced without a gap, unless this process was held up and sent none.
    const isReplaced = direction === 'to-server' && !isQuiet;
    if (isReplaced && stream.longestPauseMs < SILENT_AFTER_MS / 2) expect(reasons).toEqual([]);
    else if (isReplaced) expect(reasons.length).toBeLessThanOrEqual(1);
    else expect(reasons).toEqual(['silence']);
    return { foundMs, backMs };
  } finally {
    clearInterval(ticking);
    await stream.close();
    await proxy.close();
  }
}

test('a stream finds a link dead that passes nothing on, and gets prices over a new one', async () => {
  const random = seededRandom(seed);
  const cases = Array.from({ length: LINKS }, (_, link): Case => ({
    direction: (['both', 'to-client', 'to-server'] as const)[link % 3]!,
    isQuiet: link % 2 === 0,
    afterMs: 1000 + random() * 1000,
  }));
  const outcomes: { foundMs: number; backMs: number }[] = [];
  const work = async (): Promise<void> => {
    for (let next = cases.pop(); next; next = cases.pop()) outcomes.push(await held(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const found = outcomes.map(({ foundMs }) => foundMs);
  const back = outcomes.map(({ backMs }) => backMs);
  printFigure(
    `${LINKS} half-open links: found dead after at most ${Math.max(...found).toFixed(0)} ms, ` +
      `data again after ${percentile(back, 99).toFixed(0)} ms (p99)`,
  );
  expect(outcomes).toHaveLength(LINKS);
  expect(Math.max(...found)).toBeLessThan(FOUND_WITHIN_MS);
  expect(percentile(back, 99)).toBeLessThan(BACK_WITHIN_MS);
});
