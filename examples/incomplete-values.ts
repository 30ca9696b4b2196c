// What is unknown is null: a missing price is not 0, a missing rate is not 1. A rate that moves revalues what it converts.
import {
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  markToMarket,
  type PriceUpdate,
} from 'tickmark';

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'mixed',
    currency: 'USD',
    positions: [
      { symbol: 'ACME', quantity: 10, averageCost: '184.00' },
      { symbol: 'SOLARIS', quantity: 20, averageCost: '96.00', currency: 'EUR' },
      { symbol: 'NEWCO', quantity: 100, averageCost: '12.00' },
    ],
  }),
);

// No prices by itself: only those that are emitted below.
const stream = new MockPriceStreamAdapter({ intervalMs: 0 });
const marking = await markToMarket({ stream, repository, fx: ['EUR/USD'], throttle: false });

async function price(update: Pick<PriceUpdate, 'symbol' | 'price' | 'currency'>): Promise<void> {
  stream.emit({ ...update, timestamp: Date.now() });
  await marking.flush();
  const value = marking.value('mixed')!;
  console.log(`${update.symbol} at ${update.price}`);
  console.log(`  market value ${value.marketValue}, of what is known ${value.priced.marketValue} USD`);
  console.log(
    `  complete ${value.complete}, unpriced [${value.unpriced}], unconverted [${value.unconverted}]`,
  );
}

await price({ symbol: 'ACME', price: '184.08' });
await price({ symbol: 'SOLARIS', price: '96.29', currency: 'EUR' });
await price({ symbol: 'EUR/USD', price: '1.0486' });
await price({ symbol: 'NEWCO', price: '12.50' });
// Only the rate moves; ACME and NEWCO do not.
await price({ symbol: 'EUR/USD', price: '1.0500' });

await marking.close();
