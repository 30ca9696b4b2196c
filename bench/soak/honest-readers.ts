// Readers who mean well, half of them over WebSockets: `PORT COUNT` on the command line. Latency is read out of the values.
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { answerOrders } from './child.js';
import { PERIOD, PORTFOLIOS, TOPICS, nowInPeriod } from './world.js';

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const FIELD = Buffer.from('"marketValue":"');
const END = '"pricedShare"';
const PING = '"type":"ping"';
/** Of a tenth of a ms each; the last has what took longer. */
const BUCKETS = 100_000;

let latencies: Record<number, number> = {};
let values = 0;
let failed = 0;
let isLeaving = false;
const leave: Array<() => void> = [];

function read(chunk: Buffer): void {
  const now = nowInPeriod();
  for (let at = chunk.indexOf(FIELD); at >= 0; at = chunk.indexOf(FIELD, at)) {
    at += FIELD.length;
    let sent = 0;
    for (let digit = chunk[at]!; digit >= 48 && digit <= 57; digit = chunk[++at]!)
      sent = sent * 10 + digit - 48;
    // Not where a chunk ends within the digits.
    if (chunk[at] !== 46) continue;
    values++;
    const took = Math.min(BUCKETS, (now - sent + PERIOD) % PERIOD);
    latencies[took] = (latencies[took] ?? 0) + 1;
    // The total over priced rows is the same value.
    at = chunk.indexOf(END, at);
    if (at < 0) return;
  }
}

const topicsOf = (index: number): string[] =>
  Array.from({ length: TOPICS }, (_, at) => `portfolio:${(at + index) % PORTFOLIOS}`);
const headersOf = (index: number): Record<string, string> => ({
  authorization: `Bearer honest-${index}`,
  'x-forwarded-for': `10.1.${index >> 8}.${index & 255}`,
});
const lost = (): void => {
  if (!isLeaving) failed++;
};

function openSocket(index: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, 'tickmark.v1', { headers: headersOf(index) });
  leave.push(() => socket.close());
  return new Promise((resolve) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', topics: topicsOf(index) })));
    socket.on('message', (data: Buffer) => {
      if (data.length < 200 && data.includes(PING)) socket.send('{"type":"pong"}');
      else read(data);
      resolve();
    });
    socket.on('error', () => resolve());
    socket.on('close', lost);
  });
}

function openStream(index: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  leave.push(() => socket.destroy());
  const query = topicsOf(index).map((topic) => `topic=${encodeURIComponent(topic)}`);
  const headers = Object.entries(headersOf(index)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /live?${query.join('&')} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers.join('')}\r\n`);
  return new Promise((resolve) => {
    let isFirst = true;
    socket.on('data', (chunk) => {
      if (isFirst && !chunk.includes('200 OK')) failed++;
      isFirst = false;
      read(chunk);
      resolve();
    });
    socket.on('error', () => resolve());
    socket.on('close', lost);
  });
}

answerOrders({
  async open() {
    for (let index = 0; index < count; index++) {
      const opened = index % 2 === 0 ? openSocket(index) : openStream(index);
      // In turns, so that no accept queue overflows.
      if (index % 20 === 0) await opened;
    }
    await setTimeout(1000);
  },
  measure() {
    latencies = {};
    values = 0;
  },
  report: () => ({ values, failed, latencies }),
  leave() {
    isLeaving = true;
    for (const each of leave) each();
  },
});
