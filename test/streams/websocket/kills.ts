import { expect } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import type { ServedClient } from './venue-server.js';
import { quantile, RealStream } from './real-stream.js';

/** The ways in which a connection is killed. */
const WAYS: readonly ((client: ServedClient, stream: RealStream) => void)[] = [
  // FIN without a closing handshake.
  ({ wire }) => wire!.tcp.end(),
  // RST.
  ({ wire }) => wire!.tcp.resetAndDestroy(),
  // In the middle of a frame: a head that announces 126 bytes, and ten of them.
  ({ wire }) => {
    wire!.tcp.write(Buffer.from([0x81, 126, 0, 126, ...Buffer.from('{"e":"trad')]));
    wire!.tcp.destroySoon();
  },
  // A closing handshake.
  ({ socket }) => socket.close(1012, 'restart'),
  // And the next connection in the middle of its handshake.
  ({ wire }, { server }) => {
    server.upgrade = { kind: 'cut' };
    wire!.tcp.resetAndDestroy();
    setTimeout(() => (server.upgrade = { kind: 'accept' }), 60);
  },
];

/** Kills one stream's connection so many times; after each everything is as it was. Gives how long each took to mend. */
async function killedOnce(times: number, seed: number): Promise<number[]> {
  const random = seededRandom(seed);
  // As if each kill came long after the one before: otherwise most of the time would be spent in backoff.
  const stream = await RealStream.start({ backoff: { provenMs: 0 } });
  const { server, gaps, adapter, symbols } = stream;
  const waits: number[] = [];
  try {
    for (let kill = 1; kill <= times; kill++) {
      const [client] = server.clients;
      const back = stream.backWithData();
      WAYS[Math.floor(random() * WAYS.length)]!(client!, stream);
      waits.push(await back);
      expect(gaps).toHaveLength(kill);
      expect(gaps.at(-1)).toMatchObject({ reason: 'disconnect', symbols });
      expect(Object.fromEntries(server.table())).toEqual(
        Object.fromEntries(symbols.map((symbol) => [symbol, 1])),
      );
      expect(server.clients.size).toBe(1);
    }
    expect(adapter.stats()).toMatchObject({ reconnects: times, gaps: times, rejected: {}, unexplained: 0 });
    expect(adapter.getSubscribedSymbols()).toEqual(symbols);
    expect(server.accepted).toBe(times + 1);
    return waits;
  } finally {
    await stream.close();
  }
}

/** Kills in all, of several streams side by side. */
export async function killed(times: number, streams: number): Promise<void> {
  const runs = Array.from({ length: streams }, (_, seed) => killedOnce(times / streams, seed + 1));
  const waits = (await Promise.all(runs)).flat();
  process.stderr.write(
    `${times} kills: back with data after ${quantile(waits, 0.5).toFixed(0)} ms (p50), ` +
      `${quantile(waits, 0.99).toFixed(0)} ms (p99), ${Math.max(...waits).toFixed(0)} ms (most)\n`,
  );
  expect(waits).toHaveLength(times);
  expect(quantile(waits, 0.99)).toBeLessThan(5000);
}
