import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PollResponse, PollSink } from '../../../src/streams/polling/index.js';
import { aktools, jsonQuotes } from '../../../src/streams/polling/index.js';
import { DecodingCounts } from '../../../src/streams/connection/decoding-counts.js';
import { sized } from '../../sizes.js';
import { HOSTILE, malformedTexts } from '../sse/malformed-content.js';
import { answer, scripted } from './quotes-source.js';

const AKTOOLS = { 代码: '600519', 最新价: 1500.5, 昨收: 1499, 买一: 1500.4, 卖一: 1500.6 };
const NAMES = { s: 'A', p: 1.5, t: 1_700_000_000_000, b: '1.4' };
const quotes = jsonQuotes({
  name: 'quotes',
  url: 'http://prices.test/',
  fields: { symbol: 's', price: 'p', timestamp: 't', bid: 'b' },
});

const runs = sized({ quick: 1000, gate: 5000, full: 100_000 });

test.each([
  ['aktools', aktools(), AKTOOLS],
  ['jsonQuotes', quotes, NAMES],
] as const)('%s counts every body, whatever it is, and never throws', (_, source, row) => {
  const counts = new DecodingCounts();
  const sink: PollSink = {
    update: (update) => void counts.accepts(update),
    control: (kind) => counts.control(kind),
    rejected: (reason) => counts.rejected(reason),
    failed: (reason) => counts.rejected(reason),
  };
  const given: PollResponse = { symbols: ['600519', '000001'], receivedAt: 1_700_000_000_000 };
  const texts = malformedTexts(row, (rows) => rows);
  for (const body of [...fc.sample(texts, runs), ...HOSTILE]) {
    expect(counts.explain(() => source.decode(body, sink, given))).toBe(false);
  }
  const { unexplained, prices } = counts.stats();
  expect(unexplained).toBe(0);
  expect(prices).toBeGreaterThan(runs / 10);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('bodies that cannot be used are failures with backoff, and prices follow after them', async () => {
  const { adapter, clock, net, subscribed, log, errors } = scripted({
    source: { ...aktools(), intervalMs: 1000 },
  });
  net.onRequest = (request) =>
    answer(request, HOSTILE[net.requests.length - 1] ?? [{ 代码: '600519', 最新价: 7 }]);
  await subscribed('600519');
  await clock.advance(60_000);
  expect(log.at(-1)).toBe('600519 7');
  expect(adapter.getStatus().state).toBe('subscribed');
  const { failures, requests, responses } = adapter.stats();
  expect(failures).toBe(errors.filter(({ code }) => code === 'STREAM_FAILED').length);
  expect([failures > 5, responses]).toEqual([true, requests]);
  await adapter.disconnect();
});
