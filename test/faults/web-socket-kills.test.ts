import { expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { seed, sized } from '../sizes.js';
import { RealStream } from '../streams/websocket/real-stream.js';
import type { ServedClient } from '../streams/websocket/venue-server.js';
import { until } from '../waiting.js';
import { percentile, printFigure } from './figures.js';

const STREAMS = 5;
const KILLS = sized({ quick: 50, gate: 120, full: 1000 });
// A quiet machine needs less than half a second.
const BACK_WITHIN_MS = 50_000;

/** The ways in which a connection is killed. */
const WAYS: readonly ((client: ServedClient, stream: RealStream) => void | Promise<void>)[] = [
  // FIN without a closing handshake.
  ({ wire }) => void wire!.tcp.end(),
  // RST.
  ({ wire }) => void wire!.tcp.resetAndDestroy(),
  // In the middle of a frame: a head that announces 126 bytes, and ten of them.
  ({ wire }) => {
    wire!.tcp.write(Buffer.from([0x81, 126, 0, 126, ...Buffer.from('{"e":"trad')]));
    wire!.tcp.destroySoon();
  },
  // A closing handshake.
  ({ socket }) => socket.close(1012, 'restart'),
  // And the next connections in the middle of their handshake.
  async ({ wire }, { server }) => {
    const { length } = server.attempts;
    server.upgrade = { kind: 'cut' };
    wire!.tcp.resetAndDestroy();
    await until('another connection', () => server.attempts.length > length, { everyMs: 1 });
    server.accept();
  },
];

/** Kills one stream's connection again and again. Gives how long it took each time until data came again. */
async function killed(times: number, streamSeed: number): Promise<number[]> {
  const random = seededRandom(streamSeed);
  // As if each kill came long after the one before: otherwise most of the time would be spent in backoff.
  const stream = await RealStream.start({ backoff: { provenMs: 0 } });
  const { server, gaps, adapter, symbols } = stream;
  const waits: number[] = [];
  try {
    for (let kill = 1; kill <= times; kill++) {
      const [client] = server.clients;
      const back = stream.backWithData();
      await WAYS[Math.floor(random() * WAYS.length)]!(client!, stream);
      waits.push(await back);
      expect(gaps).toHaveLength(kill);
      expect(gaps.at(-1)).toMatchObject({ reason: 'disconnect', symbols });
      await until('only the new connection is left', () => server.clients.size === 1);
      expect([...server.table()]).toEqual(symbols.map((symbol) => [symbol, 1]));
    }
    expect(adapter.stats()).toMatchObject({ reconnects: times, gaps: times, rejected: {}, unexplained: 0 });
    expect(adapter.getSubscribedSymbols()).toEqual(symbols);
    expect(server.accepted).toBe(times + 1);
    return waits;
  } finally {
    await stream.close();
  }
}

test('after each kill a stream subscribes all its symbols once and reports one gap', async () => {
  const runs = Array.from({ length: STREAMS }, (_, stream) => killed(KILLS / STREAMS, seed + stream));
  const waits = (await Promise.all(runs)).flat();
  const [half, most, worst] = [50, 99, 100].map((percent) => percentile(waits, percent).toFixed(0));
  printFigure(`${KILLS} kills: data again after ${half} ms (p50), ${most} ms (p99), ${worst} ms (most)`);
  expect(waits).toHaveLength(KILLS);
  expect(percentile(waits, 99)).toBeLessThan(BACK_WITHIN_MS);
});
