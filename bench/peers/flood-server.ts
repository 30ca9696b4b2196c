// A venue that sends frames as fast as the reader takes them, each run of them when it is asked: the port comes out on stdout. The frames are
// encoded in advance and written many at a time, so that the reader is the bottleneck, not this process.
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { binanceFrames } from './binance-frames.js';

const count = Number(process.argv[2]);
const FRAMES_AT_ONCE = 500;

const runs = runsOf(binanceFrames(count));
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (client, { socket }) => {
  let isFlooding = false;
  client.on('message', (data) => {
    const { id } = JSON.parse(String(data)) as { id: number };
    client.send(JSON.stringify({ result: null, id }));
    if (isFlooding) return;
    isFlooding = true;
    flood(socket, 0);
  });
});
server.on('listening', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${port}\n`);
});

process.stdin.on('end', () => process.exit(0)).resume();

function flood(socket: Socket, from: number): void {
  for (let next = from; next < runs.length && !socket.destroyed; next++) {
    if (socket.write(runs[next]!)) continue;
    socket.once('drain', () => flood(socket, next + 1));
    return;
  }
}

/** The bytes of the frames, many together. */
function runsOf(texts: readonly string[]): Buffer[] {
  const starts = Array.from(
    { length: Math.ceil(texts.length / FRAMES_AT_ONCE) },
    (_, run) => run * FRAMES_AT_ONCE,
  );
  return starts.map((from) => Buffer.concat(texts.slice(from, from + FRAMES_AT_ONCE).map(frameOf)));
}

/** A text frame of a server, which does not mask: RFC 6455, section 5.2. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}
