import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import type { PriceStreamMessage } from '../../../src/core/market-data/price-stream-adapter.js';
import { ReplayPriceStreamAdapter } from '../../../src/streams/replay/index.js';
import { runner } from '../../conformance/without-skips.js';

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

// A file that grows is a venue that can be told what to send.
priceStreamAdapterConformance(runner, {
  createHarness: () => {
    const path = file();
    return {
      adapter: new ReplayPriceStreamAdapter({ files: path, speed: 'max', follow: true, maxSymbols: 3 }),
      venue: {
        send: ({ symbol, price, timestamp }) => appendFileSync(path, line(symbol, price, timestamp)),
      },
    };
  },
  supports: { maxSymbols: 3 },
});

describe('a file that is followed', () => {
  const until = async (holds: () => boolean): Promise<void> => {
    for (let wait = 0; !holds(); wait++) {
      if (wait > 1000) throw new Error('not within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  test('gives lines once they are complete, after the files before it', async () => {
    const path = file(line('A', '2'));
    const stream = new ReplayPriceStreamAdapter({
      files: [file(line('A', '1')), path],
      speed: 'max',
      symbols: 'all',
      follow: true,
    });
    const heard: unknown[] = [];
    stream.onMessage((message: PriceStreamMessage) => 'price' in message && heard.push(message.price));
    await stream.connect();
    const whole = line('A', '3');
    appendFileSync(path, whole.slice(0, 10));
    await until(() => heard.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(stream.stats()).toMatchObject({ priceLines: 2, rejected: {} });
    appendFileSync(path, whole.slice(10));
    await until(() => heard.length === 3);
    expect(heard).toEqual(['1', '2', '3']);
    expect(stream.getStatus().state).toBe('subscribed');
    const finished = stream.finished;
    await stream.disconnect();
    await expect(finished).rejects.toMatchObject({ code: 'CLOSED' });
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
