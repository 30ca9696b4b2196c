// Recorded trades as a stream: a CSV file, played twenty times as fast as recorded, then as fast as it can be read.
import { fileURLToPath } from 'node:url';
import { InMemoryPortfolioRepository, Portfolio, markToMarket } from 'tickmark';
import { ReplayPriceStreamAdapter, readRecording } from 'tickmark/replay';

const file = fileURLToPath(new URL('data/trades.csv', import.meta.url));

// Without a stream: the prices one by one, in constant memory.
const last = new Map<string, string>();
for await (const { symbol, price } of readRecording(file)) last.set(symbol, String(price));
console.log(`last prices: ${[...last].map(([symbol, price]) => `${symbol} ${price}`).join(', ')}`);

for (const speed of [100, 'max'] as const) {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(
    Portfolio.create({
      id: 'replayed',
      currency: 'USD',
      positions: [
        { symbol: 'ACME', quantity: 100, averageCost: '184.08' },
        { symbol: 'SOLARIS', quantity: 50, averageCost: '96.29', currency: 'EUR' },
      ],
    }),
  );
  const stream = new ReplayPriceStreamAdapter({ files: file, speed, receivedAt: 'now' });
  const marking = await markToMarket({ stream, repository, fx: ['EUR/USD'] });

  await stream.finished;
  await marking.flush();

  const { marketValue, unrealizedPnl } = marking.value('replayed')!;
  const { processor } = marking.stats();
  const { lines, control, rejected } = stream.stats();
  console.log(`speed ${speed}: ${lines} lines, ${JSON.stringify({ ...control, ...rejected })}`);
  console.log(
    `  ${processor.received} prices, ${processor.conflated} conflated, ${processor.batches} batches`,
  );
  console.log(`  value ${marketValue} USD, unrealized ${unrealizedPnl} USD`);
  await marking.close();
}
