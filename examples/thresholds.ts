// Emission policies: values are computed on every tick, and published when they have moved far enough.
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { type EmissionPolicy } from 'tickmark/parts';

const policies: Record<string, EmissionPolicy> = {
  'every change': {},
  'moves of 25 USD': { minChange: 25 },
  'moves of 5 basis points': { minChangeBps: 5 },
  'moves of 1 %, or once in 250 ms': { minChangeBps: 100, maxAgeMs: 250 },
};

for (const [name, emission] of Object.entries(policies)) {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(
    Portfolio.create({
      id: 'watched',
      currency: 'USD',
      positions: [{ symbol: 'ACME', quantity: 500, averageCost: '184.00' }],
    }),
  );
  // The same seed each time: the same prices for every policy.
  const stream = new MockPriceStreamAdapter({
    seed: 7,
    symbols: { ACME: { startPrice: '184.00', volatility: 4, intervalMs: 10 } },
  });
  const marking = await markToMarket({ stream, repository, emission, throttle: false });
  await sleep(750);
  await marking.flush();
  const { valuations, published } = marking.stats().engine;
  console.log(`${name}: ${valuations} values computed, ${published} published`);
  await marking.close();
}
