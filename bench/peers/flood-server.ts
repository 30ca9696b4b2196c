// A venue that sends frames as fast as the reader takes them, each run of them when it is asked: the port comes out on stdout.
import { WebSocketServer, type WebSocket } from 'ws';
import { binanceFrames } from './binance-frames.js';

const count = Number(process.argv[2]);
const HIGH_WATER_BYTES = 1 << 20;
const AT_ONCE = 500;

const frames = binanceFrames(count).map((text) => Buffer.from(text));
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (socket) => {
  let isFlooding = false;
  socket.on('message', (data) => {
    const { id } = JSON.parse(String(data)) as { id: number };
    socket.send(JSON.stringify({ result: null, id }));
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

function flood(socket: WebSocket, from: number): void {
  let next = from;
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    for (const end = Math.min(count, from + AT_ONCE); next < end; next++)
      socket.send(frames[next]!, { binary: false });
  }
  if (next < count && socket.readyState === socket.OPEN) setImmediate(flood, socket, next);
}
