// A WebSocket provider that tickmark does not ship: an object of thirty lines, and the adapter does the rest.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { isGap } from 'tickmark';
import { WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';

// Plays the provider: a login, one answer per symbol, prices as strings, and a connection that breaks now and then.
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => {
  const say = (frame: object): void => socket.send(JSON.stringify(frame));
  socket.on('message', (data) => {
    const {
      op,
      key,
      symbols = [],
    } = JSON.parse(String(data)) as { op: string; key?: string; symbols?: string[] };
    if (op === 'login') say(key === 'key-of-today' ? { type: 'welcome' } : { type: 'denied' });
    for (const s of op === 'sub' ? symbols : []) say({ type: s === 'ACME' ? 'ok' : 'unknown', s });
  });
});
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const sendPrice = (p: string): void => {
  for (const socket of server.clients)
    socket.send(JSON.stringify({ type: 'price', s: 'ACME', p, t: Date.now() }));
};

/** What the provider sends. */
interface Frame {
  readonly type: string;
  readonly s?: string;
  readonly p?: string;
  readonly t?: number;
}

/** A frame that is no JSON is counted as of an unknown type. */
function parsed(text: string): Frame {
  try {
    return (JSON.parse(text) as Frame | null) ?? { type: 'nothing' };
  } catch {
    return { type: 'not-json' };
  }
}

const myVenue: Venue = {
  name: 'my-venue',
  url: `ws://127.0.0.1:${port}/live`,
  secrets: ['key-of-today'],
  limits: { symbolsPerConnection: 100, framesPerSecond: 10 },
  // Called for each connection, so no state of an earlier one remains.
  open: (sink) => ({
    start: () => sink.send(JSON.stringify({ op: 'login', key: 'key-of-today' })),
    subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })],
    unsubscribe: (symbols) => [JSON.stringify({ op: 'unsub', symbols })],
    receive(frame) {
      const { type, s = '', p = '', t = 0 } = parsed(frame);
      if (type === 'price') sink.update({ symbol: s, price: p, timestamp: t });
      else if (type === 'welcome') sink.ready();
      else if (type === 'denied') sink.fatal('UNAUTHORIZED', 'the key is not accepted');
      else if (type === 'ok') sink.confirmed([s]);
      else if (type === 'unknown') sink.refused(s, 'no such symbol');
      else sink.rejected('unknown-type');
    },
  }),
};

const stream = new WebSocketPriceStreamAdapter({
  venue: myVenue,
  deadlines: { connect: 30_000, auth: 30_000, subscribe: 30_000 },
  onError: (error) => console.log(`${error.code}: ${error.message}`),
});
stream.onStatus(({ state }) => console.log(`status: ${state}`));
stream.onMessage((message) => {
  if (isGap(message)) console.log(`gap: ${message.reason}, ${message.symbols.join()}`);
  else console.log(`${message.symbol} ${message.price}`);
});
/** Waits until the adapter has done it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}
await stream.connect();
await stream.subscribe(['ACME', 'NOBODY']);

sendPrice('184.10');
await until(() => stream.stats().prices === 1);
// Cut the connection: the adapter reconnects, logs in and subscribes again.
for (const socket of server.clients) socket.terminate();
await until(() => stream.stats().reconnects === 1 && stream.getStatus().state === 'subscribed');
sendPrice('184.25');
await until(() => stream.stats().prices === 2);

await stream.disconnect();
server.close();
const { frames, prices, control, rejected, reconnects } = stream.stats();
console.log(
  `${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}, ${reconnects} reconnect`,
);
