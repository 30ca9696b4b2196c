import { expect } from 'vitest';
import { tcpProxy, type Direction } from '../../servers/tcp-proxy.js';
import { BinanceServer } from './binance-server.js';
import { quantile, RealStream } from './real-stream.js';

/** One stream behind a proxy that stops passing packets on, and closes nothing. */
async function heldOnce(
  direction: Direction,
  isQuiet: boolean,
): Promise<{ foundMs: number; backMs: number }> {
  const server = await BinanceServer.start();
  const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
  const stream = await RealStream.on(server, {}, `ws://127.0.0.1:${proxy.port}`);
  try {
    if (isQuiet) stream.hush();
    // Somewhere between two pings.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000 + 1000));
    const accepted = proxy.accepted;
    proxy.hold(direction, 'open');
    const began = performance.now();
    // Where prices still come, a replacement is made while the status stays as it is.
    const isReplaced = direction === 'to-server' && !isQuiet;
    const isFound = () => proxy.accepted > accepted || stream.adapter.getStatus().state === 'reconnecting';
    while (!isFound()) await new Promise((resolve) => setTimeout(resolve, 2));
    const foundMs = performance.now() - began;
    while (proxy.accepted === accepted) await new Promise((resolve) => setTimeout(resolve, 2));
    await stream.until('subscribed');
    // What the server sends from here on must arrive.
    const [symbol] = stream.symbols;
    const arrived = new Promise((resolve) =>
      stream.adapter.onMessage((message) => 'price' in message && resolve(0)),
    );
    while (server.clients.size === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const ticking = setInterval(() => server.trade(symbol!, 1), 20);
    await arrived;
    clearInterval(ticking);
    const backMs = performance.now() - began;
    expect(stream.gaps.map(({ reason }) => reason)).toEqual(isReplaced ? [] : ['silence']);
    return { foundMs, backMs };
  } finally {
    await stream.close();
    await proxy.close();
  }
}

/** Runs in parallel, each with a stream of its own. */
export async function held(runs: number, parallel: number): Promise<void> {
  const outcomes: { foundMs: number; backMs: number }[] = [];
  const cases = Array.from({ length: runs }, (_, run) => ({
    direction: (['both', 'to-client', 'to-server'] as const)[run % 3]!,
    isQuiet: run % 3 === 2 ? run % 2 === 0 : run % 2 === 0,
  }));
  const work = async (): Promise<void> => {
    for (let next = cases.pop(); next; next = cases.pop()) {
      outcomes.push(await heldOnce(next.direction, next.isQuiet));
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const found = outcomes.map(({ foundMs }) => foundMs);
  const back = outcomes.map(({ backMs }) => backMs);
  process.stderr.write(
    `${runs} half-open links: found after at most ${Math.max(...found).toFixed(0)} ms, ` +
      `data again after ${quantile(back, 0.99).toFixed(0)} ms (p99)\n`,
  );
  expect(outcomes).toHaveLength(runs);
  for (const ms of found) expect(ms).toBeLessThanOrEqual(2500);
  expect(quantile(back, 0.99)).toBeLessThanOrEqual(5000);
}
