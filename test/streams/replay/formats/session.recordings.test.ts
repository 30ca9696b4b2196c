import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isGap } from '../../../../src/core/streams/price-stream-adapter.js';
import { sessionRecording } from '../../../../src/streams/replay/index.js';
import { binance } from '../../../../src/streams/websocket/index.js';
import { recordings, canUseRecording } from '../../../requirements.js';
import { replayed } from '../replayed.js';

const BINANCE = 'binance/cryptofeed-spot-2021-10-12.session.jsonl';
test.skipIf(!canUseRecording(BINANCE))(
  '31 s of Binance: every frame is explained, and every price stands in the recording',
  async () => {
    const { path } = recordings(BINANCE);
    const { messages, stream } = await replayed(path, { format: sessionRecording(binance()) });
    const stats = stream.stats();
    const text = readFileSync(path, 'utf8');
    const trades = [
      ...text.matchAll(/\\"aggTrade\\".*?\\"s\\":\\"(\w+)\\",\\"a\\":\d+,\\"p\\":\\"([\d.]+)\\"/g),
    ];
    const written = new Set(trades.map(([, symbol, price]) => `${symbol} ${price}`));
    const heard = new Set(messages.map((each) => (isGap(each) ? 'gap' : `${each.symbol} ${each.price}`)));
    expect(trades.length).toBeGreaterThan(0);
    expect(heard).toEqual(written);
    expect(stats.rejected).toEqual({});
    expect(stats.priceLines).toBe(messages.length);
  },
);
