import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { aktools } from '../../../src/streams/polling/index.js';
import { recordings, canUseRecording } from '../../requirements.js';
import { shanghai } from './aktools-world.js';
import { answer } from './quotes-source.js';

describe.skipIf(!canUseRecording('a-shares/aktools-errors.jsonl'))('recorded answers of AKTools', () => {
  const text = (file: string): string => readFileSync(recordings(`a-shares/${file}`).path, 'utf8');

  test('give a price for every row, digit for digit', async () => {
    const body = text('aktools-stock_zh_a_spot_em.derived.json');
    const { adapter, clock, net, messages } = shanghai('2026-10-09T10:00:00');
    net.onRequest = (request) => answer(request, body);
    const codes = [...body.matchAll(/"代码":"(\d{6})"/g)].map(([, code]) => code!);
    const prices = [...body.matchAll(/"最新价":([^,]+),.*?"昨收":([^,]+),/g)].map(([, last, close]) =>
      last === 'null' ? close : last,
    );
    expect(codes).toHaveLength(8);
    await adapter.connect();
    await adapter.subscribe(codes);
    await clock.advance(10);
    expect(messages.map((each) => !isGap(each) && [each.symbol, each.price])).toEqual(
      codes.map((code, at) => [code, prices[at]]),
    );
    expect(messages.at(-1)).toMatchObject({ symbol: '000003', price: '2.71', state: 'halted' });
    expect(adapter.stats()).toMatchObject({ prices: 8, control: {}, rejected: {}, unexplained: 0 });
    await adapter.disconnect();
  });

  test('explain every error in words', async () => {
    for (const line of text('aktools-errors.jsonl').trim().split('\n')) {
      const { status, body } = JSON.parse(line) as { status: number; body: unknown };
      expect(aktools().explain!(status, JSON.stringify(body))).toMatch(/^(this version of )?AKShare /);
    }
  });
});
