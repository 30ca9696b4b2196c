import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { PRICES_CHANGED } from '../../src/core/prices/price-changed-event.js';
import { PriceStreamProcessor } from '../../src/core/ingest/price-stream-processor.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { binance } from '../../src/streams/websocket/venues/binance.js';
import { WebSocketPriceStreamAdapter } from '../../src/streams/websocket/web-socket-price-stream-adapter.js';
import { compare, mapSpread, ProcessorTimes, timesFaster, type Bench, type Contender } from '../harness.js';
import { BINANCE_SYMBOLS } from '../peers/binance-frames.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';

const DISCARD = 'ws, frames received and thrown away';
const PARSE = 'ws, JSON.parse and a Map';
const ADAPTER = 'WebSocketPriceStreamAdapter into a PriceStreamProcessor';

/** What a socket costs, up to the conflated price. */
export async function socket(bench: Bench): Promise<CaseReport> {
  const count = bench.quick ? 20_000 : 200_000;
  const { url, kill } = await floodServer(count);

  const received = async (take: (data: Buffer) => void): Promise<number> => {
    const client = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
    await once(client, 'open');
    // The answer to the request comes first.
    let left = count + 1;
    const all = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer) => {
        take(data);
        if (--left === 0) resolve();
      });
    });
    client.send(JSON.stringify({ method: 'SUBSCRIBE', params: [], id: 1 }));
    await all;
    client.terminate();
    return count;
  };
  const prices = new Map<string, number>();

  const processor = new ProcessorTimes();
  const contender = (name: string, round: () => Promise<number>): Contender =>
    processor.watched({ name, round });

  const timings = await compare(bench, [
    contender(ADAPTER, () => throughAdapter(url, count)),
    contender(DISCARD, () => received(() => undefined)),
    contender(PARSE, () =>
      received((data) => {
        const { s, p } = JSON.parse(data.toString()) as { s?: string; p?: string };
        if (s !== undefined && p !== undefined) prices.set(s, Number(p));
      }),
    ),
  ]);
  kill();

  const figures = [...timings].map(([name, time]): Figure => {
    return { group: 'one frame a message', name, unit: 'k frames/s', ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  for (const [name, each] of processor.spreads()) {
    figures.push({ group: 'processor time of the reader', name, unit: 'µs a frame', ...each });
  }
  const micros = (name: string): number => processor.spreads().get(name)!.median;
  return {
    measured: `${count.toLocaleString('en')} frames of ${BINANCE_SYMBOLS.length} symbols from a server in another process, over loopback, encoded in advance`,
    figures,
    ratios: [
      {
        name: `${ADAPTER}: processor time a frame / that of ${PARSE}`,
        value: micros(ADAPTER) / micros(PARSE),
        unit: 'x',
        floor: 1.25,
        isCeiling: true,
      },
      { name: `${ADAPTER} / ${PARSE}`, value: timesFaster(timings, ADAPTER, PARSE), unit: 'x' },
      { name: `${ADAPTER} / ${DISCARD}`, value: timesFaster(timings, ADAPTER, DISCARD), unit: 'x' },
    ],
  };
}

/** The work of tickmark alone; the sender is another process, whose time does not count. */
export async function socketWork(bench: Bench): Promise<OwnWork> {
  const count = bench.quick ? 20_000 : 100_000;
  const { url, kill } = await floodServer(count);
  return {
    measured: `${count} frames of ${BINANCE_SYMBOLS.length} symbols from a server in another process, over loopback`,
    parts: [{ name: 'frames to prices', operation: 'frame', round: () => throughAdapter(url, count) }],
    close: () => Promise.resolve(kill()),
  };
}

async function floodServer(count: number): Promise<{ url: string; kill: () => void }> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const file = fileURLToPath(new URL('../peers/flood-server.ts', import.meta.url));
  const server = spawn(process.execPath, ['--import', tsx, file, `${count}`], {
    // An end of its input ends the server: it does not outlive this process.
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = (await once(server.stdout, 'data')) as [Buffer];
  return { url: `ws://127.0.0.1:${said.toString().trim()}`, kill: () => void server.kill() };
}

async function throughAdapter(url: string, count: number): Promise<number> {
  const bus = new InMemoryEventBus();
  let delivered = 0;
  bus.subscribe(PRICES_CHANGED, ({ length }) => void (delivered += length));
  const processor = new PriceStreamProcessor({ bus });
  const stream = new WebSocketPriceStreamAdapter({ venue: binance({ url }) });
  processor.attach(stream);
  await stream.connect();
  const isSubscribed = stream.subscribe(BINANCE_SYMBOLS);
  while (stream.stats().frames < count) await setTimeout(1);
  await isSubscribed;
  await stream.disconnect();
  await processor.close();
  await bus.close();
  if (delivered === 0) throw new Error('No price was delivered.');
  return count;
}
