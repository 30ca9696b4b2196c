import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PollAnswer, PollSink } from '../../../src/streams/polling/index.js';
import { aktools, jsonQuotes } from '../../../src/streams/polling/index.js';
import { ContentCounts } from '../../../src/streams/connection/content-counts.js';
import { HOSTILE, malformedTexts } from '../sse/malformed-content.js';
import { answer, scripted } from './quotes-source.js';

const AKTOOLS = { 代码: '600519', 最新价: 1500.5, 昨收: 1499, 买一: 1500.4, 卖一: 1500.6 };
const NAMES = { s: 'A', p: 1.5, t: 1_700_000_000_000, b: '1.4' };
const quotes = jsonQuotes({
  name: 'quotes',
  url: 'http://prices.test/',
  fields: { symbol: 's', price: 'p', timestamp: 't', bid: 'b' },
});

test.each([
  ['aktools', aktools(), AKTOOLS],
  ['jsonQuotes', quotes, NAMES],
] as const)('%s accounts for whatever a body is, and never throws', (_, source, row) => {
  const counts = new ContentCounts();
  const sink: PollSink = {
    update: (update) => void counts.accepts(update),
    control: (kind) => counts.control(kind),
    rejected: (reason) => counts.rejected(reason),
    failed: (reason) => counts.rejected(reason),
  };
  const given: PollAnswer = { symbols: ['600519', '000001'], receivedAt: 1_700_000_000_000 };
  const texts = malformedTexts(row, (rows) => rows);
  for (const body of [...fc.sample(texts, { numRuns: 10_000, seed: 5 }), ...HOSTILE]) {
    expect(counts.explain(() => source.decode(body, sink, given))).toBe(false);
  }
  const { unexplained, prices } = counts.stats();
  expect(unexplained).toBe(0);
  expect(prices).toBeGreaterThan(1000);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('bodies of no use are failures with backoff, and prices are back after them', async () => {
  const { adapter, clock, net, subscribed, log, errors } = scripted({
    source: { ...aktools(), intervalMs: 1000 },
  });
  net.onRequest = (request) =>
    answer(request, HOSTILE[net.requests.length - 1] ?? [{ 代码: '600519', 最新价: 7 }]);
  await subscribed('600519');
  await clock.advance(60_000);
  expect(log.at(-1)).toBe('600519 7');
  expect(adapter.getStatus().state).toBe('subscribed');
  const { failures, requests, answers } = adapter.stats();
  expect(failures).toBe(errors.length);
  expect([failures > 5, answers]).toEqual([true, requests]);
  await adapter.disconnect();
});
