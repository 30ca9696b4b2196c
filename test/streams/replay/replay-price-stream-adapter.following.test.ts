import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { FakeClock, priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import { ReplayPriceStreamAdapter } from '../../../src/streams/replay/index.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { pause, until } from '../../waiting.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-follow-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(content: string | Uint8Array = ''): string {
  const path = join(folder, `${++count}.jsonl`);
  writeFileSync(path, content);
  return path;
}
const line = (symbol: string, price: number | string, timestamp = 1): string =>
  `${JSON.stringify({ symbol, price, timestamp })}\n`;

/** Moves a fake clock, and waits until nothing is being read: a replay that has read its file to the end sleeps on the clock. */
async function advance(clock: FakeClock, stream: ReplayPriceStreamAdapter, ms: number): Promise<void> {
  await clock.advance(ms);
  // While it connects or disconnects, the kit itself waits, in many steps.
  const isReading = (): boolean => stream.getStatus().state === 'subscribed' && clock.pending === 0;
  if (isReading()) await until('the file is read to its end', () => !isReading());
  else await pause(0);
}

// A growing file acts as the venue.
priceStreamAdapterConformance(runner, {
  createHarness: () => {
    const path = file();
    const clock = new FakeClock();
    const adapter = new ReplayPriceStreamAdapter({
      files: path,
      speed: 'max',
      follow: true,
      maxSymbols: 3,
      clock,
    });
    return {
      adapter,
      advance: (ms) => advance(clock, adapter, ms),
      pending: () => clock.pending,
      venue: {
        send: ({ symbol, price, timestamp }) => appendFileSync(path, line(symbol, price, timestamp)),
      },
    };
  },
  supports: { maxSymbols: 3 },
  timing: PATIENT,
});

describe('a file that is followed', () => {
  test('gives its lines once they are complete, after the files before it', async () => {
    const path = file(line('A', '2'));
    const clock = new FakeClock();
    const stream = new ReplayPriceStreamAdapter({
      files: [file(line('A', '1')), path],
      speed: 'max',
      symbols: 'all',
      follow: true,
      clock,
    });
    const heard: unknown[] = [];
    stream.onMessage((message: PriceStreamMessage) => 'price' in message && heard.push(message.price));
    await stream.connect();
    await until('both files are read', () => heard.length === 2);
    const whole = line('A', '3');
    appendFileSync(path, whole.slice(0, 10));
    for (let look = 0; look < 3; look++) await advance(clock, stream, 100);
    expect(stream.stats()).toMatchObject({ priceLines: 2, rejected: {} });
    appendFileSync(path, whole.slice(10));
    await advance(clock, stream, 100);
    expect(heard).toEqual(['1', '2', '3']);
    expect(stream.getStatus().state).toBe('subscribed');
    const finished = stream.finished;
    await stream.disconnect();
    await expect(finished).rejects.toMatchObject({ code: 'CLOSED' });
    expect(clock.pending).toBe(0);
  });

  test('must not be gzipped', async () => {
    const stream = new ReplayPriceStreamAdapter({
      files: file(gzipSync(line('A', '1'))),
      speed: 'max',
      symbols: 'all',
      follow: true,
    });
    await stream.connect();
    await expect(stream.finished).rejects.toMatchObject({ code: 'STREAM_FAILED' });
  });
});
