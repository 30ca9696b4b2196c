import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { eastmoneyPush2, SsePriceStreamAdapter } from '../../../src/streams/sse/index.js';
import { sized } from '../../sizes.js';
import { HOSTILE, malformedTexts } from './malformed-content.js';
import { ScriptedFetch } from './scripted-fetch.js';

const ROW = {
  f1: 2,
  f2: 1500.5,
  f12: '600519',
  f13: 1,
  f18: 1499,
  f31: 1500.4,
  f32: 1500.6,
  f124: 1791511200,
};

/** An adapter on the feed of Eastmoney, connected and subscribed. */
async function eastmoney() {
  const clock = new FakeClock();
  const net = new ScriptedFetch();
  net.onRequest = (request) => request.stream();
  const adapter = new SsePriceStreamAdapter({ feed: eastmoneyPush2(), clock, fetch: net.fetch });
  await adapter.connect();
  const subscribing = adapter.subscribe(['600519', '000001']);
  await clock.advance(10);
  await subscribing;
  return { clock, net, adapter };
}

const runs = sized({ quick: 1000, gate: 5000, full: 100_000 });

test('every event, whatever its data, is counted, and none ends the stream', async () => {
  const { clock, net, adapter } = await eastmoney();
  const full = fc.constantFrom(1, 0, '1', null);
  const texts = full.chain((each) =>
    malformedTexts(ROW, (rows) => ({ rc: 0, full: each, data: { diff: rows } })),
  );
  // An answer that is an error ends the connection, as it should.
  const events = [...fc.sample(texts, runs), ...HOSTILE].filter((text) => !/"rc":(?!0[,}])/.test(text));
  for (const [at, text] of events.entries()) {
    net.last.write(`data: ${text.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`);
    if (at % 500 === 0) await clock.advance(1);
  }
  await clock.advance(1);
  const { prices, control, rejected, unexplained } = adapter.stats();
  expect([net.requests.length, unexplained, rejected['decoder-threw']]).toEqual([1, 0, undefined]);
  const others = [...Object.values(control), ...Object.values(rejected)].reduce((sum, each) => sum + each, 0);
  // An event of many rows counts once for each.
  expect(prices + others).toBeGreaterThanOrEqual(events.length);
  expect(prices).toBeGreaterThan(runs / 10);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  await adapter.disconnect();
});

test('random bytes are no event, or an event that is counted', async () => {
  const { clock, net, adapter } = await eastmoney();
  for (const bytes of fc.sample(fc.uint8Array({ maxLength: 60 }), runs)) net.last.write(bytes);
  net.last.write('\n\n');
  await clock.advance(1);
  expect([net.requests.length, adapter.stats().unexplained]).toEqual([1, 0]);
  await adapter.disconnect();
});
