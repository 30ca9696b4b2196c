/** Readers of one gateway in a process of their own. Some read, some open a stream and never do, and come back when they are cut. */
import { connect } from 'node:net';
import { workerLink } from '../servers/worker-link.js';

export interface ReadersArguments {
  readonly port: number;
  readonly readers: number;
  /** How many of them never read. */
  readonly stalled: number;
  readonly symbols: number;
  /** Symbols that each reader is subscribed to; those that never read are to all. */
  readonly each: number;
}

export interface ReadersReport {
  readonly values: number;
  /** ms from the price to its value read, of those who read. */
  readonly p50: number;
  readonly p99: number;
  /** Readers who read and lost their stream. */
  readonly lost: number;
  /** Times that one who does not read was cut. */
  readonly cut: number;
  /** The least values that any reader who reads got. */
  readonly least: number;
}

const { args, messages, send } = workerLink<
  ReadersArguments,
  'measure' | 'report',
  ReadersReport | 'ready'
>();
const { port, readers, stalled, symbols, each } = args;
const FIELD = Buffer.from('"receivedAt":');
const latencies = new Uint32Array(60_000);
const got = new Uint32Array(readers);
let [values, lost, cut, ready] = [0, 0, 0, 0];

function ask(index: number, count: number): string {
  const topics = Array.from({ length: count }, (_, at) => `topic=price%3AS${(index * each + at) % symbols}`);
  return `GET /live?${topics.join('&')} HTTP/1.1\r\nhost: x\r\n\r\n`;
}

function isReady(): void {
  if (++ready === readers) send('ready');
}

function read(index: number): void {
  const socket = connect(port, '127.0.0.1', () => socket.write(ask(index, each)));
  socket.once('data', isReady);
  socket.on('data', (chunk) => {
    const now = Date.now();
    for (let at = chunk.indexOf(FIELD); at >= 0; at = chunk.indexOf(FIELD, at)) {
      at += FIELD.length;
      let time = 0;
      for (let digit = chunk[at]!; digit >= 48 && digit <= 57; digit = chunk[++at]!)
        time = time * 10 + digit - 48;
      values++;
      got[index]!++;
      latencies[Math.min(latencies.length - 1, Math.max(0, now - time))]!++;
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => lost++);
}

function stall(index: number, isFirst: boolean): void {
  const socket = connect(port, '127.0.0.1', () => socket.write(ask(index, symbols)));
  socket.once('data', (head) => {
    if (!head.includes('200 OK')) throw new Error(head.toString().slice(0, 200));
    socket.pause();
    if (isFirst) isReady();
  });
  socket.on('error', () => undefined);
  // A socket that is paused does not see that it was reset until it is written to.
  const looking = setInterval(() => socket.write('\r\n'), 500);
  socket.on('close', () => {
    clearInterval(looking);
    cut++;
    stall(index, false);
  });
}

for (let index = 0; index < readers; index++) {
  setTimeout(() => (index < readers - stalled ? read(index) : stall(index, true)), index / 2);
}

for await (const message of messages) {
  if (message === 'measure') {
    latencies.fill(0);
    got.fill(0);
    values = 0;
  } else {
    const least = got.subarray(0, readers - stalled).reduce((a, b) => Math.min(a, b), Infinity);
    send({ values, p50: quantile(0.5), p99: quantile(0.99), lost, cut, least });
  }
}
process.exit(0);

function quantile(share: number): number {
  let seen = 0;
  for (let ms = 0; ms < latencies.length; ms++) {
    seen += latencies[ms]!;
    if (seen >= values * share) return ms;
  }
  return NaN;
}
