import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { MockPriceStreamAdapter, isGap, type PriceUpdate } from 'tickmark';
import { typicalPrice } from '../../src/mock/typical-prices.js';

async function first(symbol: string, options: object = {}): Promise<PriceUpdate> {
  const clock = new FakeClock();
  const stream = new MockPriceStreamAdapter({ clock, ...options });
  const prices: PriceUpdate[] = [];
  stream.onMessage((message) => void (isGap(message) || prices.push(message)));
  await stream.connect();
  await stream.subscribe([symbol]);
  await clock.advance(100);
  await stream.disconnect();
  return prices[0]!;
}

test.each([
  ['EUR/USD', 1.085, 4],
  ['EURUSD', 1.085, 4],
  ['eur-usd', 1.085, 4],
  ['USD/JPY', 151.52, 2],
  ['GBP_CHF', 1.1239, 4],
  ['BTC-USD', 64_500, 2],
  ['btcusdt', 64_500, 2],
  ['DOGEUSDT', 0.14, 5],
  ['AAPL', 187.2, 2],
  ['ACME', 100, 2],
])(
  '%s is quoted near %d, with %d digits after the point (field-faults, section 11)',
  async (symbol, near, digits) => {
    const { price } = await first(symbol);
    expect(Math.abs(Number(price) / near - 1)).toBeLessThan(0.001);
    expect(String(price).split('.')[1]).toHaveLength(digits);
    expect(await first(symbol)).toMatchObject({ price });
  },
);

test('a start price or a grid of the caller comes first', async () => {
  expect(Number((await first('AAPL', { startPrice: 50 })).price)).toBeCloseTo(50, 0);
  expect(Number((await first('AAPL', { symbols: { AAPL: { startPrice: 60 } } })).price)).toBeCloseTo(60, 0);
  expect((await first('EUR/USD', { symbols: { 'EUR/USD': { startPrice: '1.2' } } })).price).toMatch(
    /^1\.\d{4}$/,
  );
  expect(Number((await first('AAPL', { tickSize: 5 })).price)).toBe(185);
});

test('a name that is no pair of known codes has no usual price', () => {
  for (const symbol of ['', 'EUR', 'EUR/XXX', 'EUR/USD/JPY', 'constructor', 'toString', '__proto__'])
    expect(typicalPrice(symbol)).toBeUndefined();
});
