// Readers of event streams, in a process of their own: `PORT COUNT GROUPS` on the command line. Each line on stdin is an order:
// `measure` forgets what was measured so far, `report` answers one line of JSON on stdout. Latency is read out of the values: the
// market value of each portfolio is the time at which its price was published.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [port, count, groups] = process.argv.slice(2).map(Number) as [number, number, number];
const FIELD = Buffer.from('"marketValue":"');
const PERIOD_MS = 10_000_000;
const BUCKETS = 20_000;

/** Values by how many ms they took; the last bucket has what took longer. */
let latencies = new Uint32Array(BUCKETS);
let values = 0;
let bytes = 0;
let failed = 0;
let ready = 0;

function read(chunk: Buffer): void {
  bytes += chunk.length;
  const now = Date.now() % PERIOD_MS;
  for (let at = chunk.indexOf(FIELD); at >= 0; at = chunk.indexOf(FIELD, at)) {
    at += FIELD.length;
    let sent = 0;
    for (let digit = chunk[at]!; digit >= 48 && digit <= 57; digit = chunk[++at]!)
      sent = sent * 10 + digit - 48;
    // Not where a chunk ends within the digits, nor in the total over priced rows, which stands a second time.
    if (chunk[at] !== 46) continue;
    values++;
    latencies[Math.min(BUCKETS - 1, Math.max(0, (now - sent + PERIOD_MS) % PERIOD_MS))]!++;
    at = chunk.indexOf('"pricedShare"', at);
    if (at < 0) return;
  }
}

function open(index: number): void {
  const socket = connect(port, '127.0.0.1');
  const topics: string[] = [];
  const group = index % groups;
  // Everybody has a hundred; each group another hundred.
  for (let id = 0; id < 100; id++) topics.push(`topic=portfolio%3A${(id * 7 + group) % 200}`);
  socket.write(`GET /live?${topics.join('&')} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  let isReady = false;
  socket.on('data', (chunk) => {
    if (!isReady) {
      isReady = true;
      ready++;
      if (!chunk.includes('200 OK')) failed++;
      if (ready === count) process.stdout.write('ready\n');
    }
    read(chunk);
  });
  socket.on('error', () => failed++);
  socket.on('close', () => failed++);
}

// In turns, so that no accept queue overflows.
for (let index = 0; index < count; index++) setTimeout(open, index / 2, index);

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'measure') {
    latencies = new Uint32Array(BUCKETS);
    values = bytes = 0;
  } else if (line === 'report') {
    process.stdout.write(
      `${JSON.stringify({ values, bytes, failed, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) })}\n`,
    );
  }
});
process.stdin.on('end', () => process.exit(0));

function quantile(share: number): number {
  const total = latencies.reduce((sum, each) => sum + each, 0);
  let seen = 0;
  for (let ms = 0; ms < BUCKETS; ms++) {
    seen += latencies[ms]!;
    if (seen > 0 && seen >= total * share) return ms;
  }
  return NaN;
}
