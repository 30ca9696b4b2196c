import { expect, test } from 'vitest';
import { binance } from 'tickmark/websocket';
import { BinanceServer } from '../binance-server.js';
import { venueWorld } from '../venue-world.js';

/** A stream whose symbols are requested one by one, a second apart. */
async function slow() {
  const venue = {
    ...binance({ quotes: false }),
    limits: { symbolsPerFrame: 1, framesPerSecond: 1 },
    heartbeat: { intervalMs: 60_000 },
  };
  const w = venueWorld(new BinanceServer(), venue);
  await w.connect();
  await w.subscribe('AAA', 'BBB', 'CCC');
  await w.clock.advance(5000);
  return { ...w, told: () => w.messages.map((each) => ('type' in each ? each.symbols.join() : each.symbol)) };
}

test('symbols that the venue answers after the first price of a new connection have the rest of the gap before their own', async () => {
  const w = await slow();
  w.network.live[0]!.drop();
  await w.until(() => w.server.table().has('AAA'));
  const first = w.clock.now();
  w.server.trade('AAA', 1, Math.floor(first));
  w.server.trade('AAA', 2, Math.floor(first));
  await w.until(() => w.server.table().has('BBB'));
  expect(w.server.table().has('CCC')).toBe(false);
  const second = w.clock.now();
  w.server.trade('BBB', 3, Math.floor(second));
  w.server.trade('BBB', 4, Math.floor(second));
  await w.until(() => w.server.table().has('CCC'));
  w.server.trade('CCC', 5, Math.floor(w.clock.now()));
  expect(w.told()).toEqual(['AAA,BBB,CCC', 'AAA', 'AAA', 'BBB', 'BBB', 'BBB', 'CCC', 'CCC']);
  const [whole, ...rest] = w.gaps();
  expect(whole!.to).toBe(first);
  expect(rest).toMatchObject([
    { symbols: ['BBB'], from: first, to: second, reason: 'disconnect' },
    { symbols: ['CCC'], from: first, reason: 'disconnect' },
  ]);
  expect(w.statuses.filter(({ state }) => state === 'reconnecting')).toHaveLength(1);
  expect(await w.close()).toBe(0);
});

test('symbols that are not answered before the next loss have a gap from the first one on', async () => {
  const w = await slow();
  w.network.live[0]!.drop();
  await w.until(() => w.server.table().has('AAA'));
  const first = w.clock.now();
  w.server.trade('AAA', 1, Math.floor(first));
  await w.clock.advance(100);
  w.server.trade('AAA', 2, Math.floor(w.clock.now()));
  w.network.live[0]!.drop();
  await w.until(() => w.server.table().size === 3);
  await w.clock.advance(100);
  expect(w.gaps()).toHaveLength(2);
  expect(w.gaps()[1]).toMatchObject({ symbols: ['AAA', 'BBB', 'CCC'], from: first });
  expect(await w.close()).toBe(0);
});
