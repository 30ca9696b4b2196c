// A-shares by AKShare: a portfolio in yuan, valued from AKTools, which runs on your machine and is polled once a minute.
//
//   pip install aktools && python -m aktools
//   TICKMARK_AKTOOLS_URL=http://127.0.0.1:8080 npm run example -- a-shares-aktools
//
// Without that address, a local server stands in for AKTools: it answers with four rows, and is polled ten times a second.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InMemoryPortfolioRepository, Portfolio, markToMarket } from 'tickmark';
import { PollingPriceStreamAdapter, aktools } from 'tickmark/polling';

let round = 0;
const standIn = createServer((_, response) => {
  // The columns of AKShare: code, last price, previous close. Suspended shares have no price.
  const rows = [
    { 代码: '600519', 最新价: 1500.5 + round++, 昨收: 1499.0 },
    { 代码: '000001', 最新价: 10.47, 昨收: 10.5 },
    { 代码: '300750', 最新价: 251.3, 昨收: 248.88 },
    { 代码: '000003', 最新价: null, 昨收: 2.71 },
  ];
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(rows));
});
standIn.listen(0, '127.0.0.1');
await once(standIn, 'listening');

const given = process.env['TICKMARK_AKTOOLS_URL'];
const origin = given ?? `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`;
// Holidays are announced each year. Weekends and the lunch break are built in.
const source = aktools({
  origin,
  holidays: ['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07'],
});
const stream = new PollingPriceStreamAdapter({ source, ...(given === undefined && { intervalMs: 100 }) });

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'shanghai',
    currency: 'CNY',
    cash: { CNY: 50_000 },
    positions: [
      { symbol: '600519', quantity: 100, averageCost: '1480.00' },
      { symbol: '000001', quantity: 2000, averageCost: '10.90' },
      { symbol: '300750.SZ', quantity: 300, averageCost: '240.00' },
      { symbol: '000003', quantity: 1000, averageCost: '3.00' },
    ],
  }),
);

const marking = await markToMarket({ stream, repository });
const isValued = (): boolean => marking.value('shanghai')?.complete === true;
if (given !== undefined) console.log('waiting for AKTools, which takes 30 to 90 s…');
for (let waited = 0; !isValued() && waited < 180_000; waited += 50) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const value = marking.value('shanghai')!;
for (const { symbol, quantity, price, marketValue, grade } of value.positions)
  console.log(`${symbol}: ${quantity} × ${price?.price} = ${marketValue} CNY, ${grade}`);
console.log(
  `market value ${value.marketValue} CNY, unrealized ${value.unrealizedPnl}, today ${value.dayPnl}`,
);
console.log(
  `requests: ${stream.stats().requests}, without a price: ${stream.stats().unpriced.join() || 'none'}`,
);

await marking.close();
standIn.close();
standIn.closeAllConnections();
