// Record what a stream delivers, and play it back later at any speed: to reproduce a fault, or to test with real prices.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockPriceStreamAdapter, isGap, type PriceStreamAdapter } from 'tickmark';
import { ReplayPriceStreamAdapter, recordPriceStream } from 'tickmark/replay';

function listen(stream: PriceStreamAdapter): string[] {
  const heard: string[] = [];
  stream.onMessage((message) => {
    if (isGap(message)) heard.push(`gap ${message.symbols.join()} ${message.from} ${message.to}`);
    else heard.push(`${message.symbol} ${message.price} ${message.timestamp}`);
  });
  return heard;
}

const folder = await mkdtemp(join(tmpdir(), 'tickmark-'));
const file = join(folder, 'today.jsonl.gz');

// A feed that breaks once; the recording keeps the gap. Any PriceStreamAdapter can be recorded.
const live = new MockPriceStreamAdapter({
  intervalMs: 20,
  faults: [{ kind: 'disconnect', atMs: 800, durationMs: 300 }],
});
const recording = await recordPriceStream(live, file);
const heardLive = listen(live);
await live.connect();
await live.subscribe(['ACME', 'GLOBEX', 'INITECH']);
let left = 100;
for await (const message of live) {
  // A hundred messages after the gap.
  if (left < 100 || isGap(message)) left--;
  if (left === 0) break;
}
await live.disconnect();
await recording.close();
const { prices, gaps, dropped } = recording.stats();
console.log(`recorded: ${prices} prices, ${gaps} gap, ${dropped} dropped`);

const replay = new ReplayPriceStreamAdapter({
  files: file,
  speed: 'max', // 1 is the recorded speed, 10 is ten times as fast
  symbols: 'all',
  onProgress: ({ percent, messages }) => console.log(`${percent.toFixed(0)} %, ${messages} messages`),
});
const heardAgain = listen(replay);
await replay.connect();
await replay.finished;

const isSame = heardLive.join('\n') === heardAgain.join('\n');
console.log(isSame ? 'played back: every message as it was' : 'played back: something differs');
if (!isSame) process.exitCode = 1;
await rm(folder, { recursive: true });
