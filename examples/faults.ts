// A feed that fails on purpose, for your own tests. The faults are scripted, and all counters add up.
import {
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  STREAM_GAP,
  markToMarket,
} from 'tickmark';

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'tested',
    currency: 'USD',
    positions: [{ symbol: 'ACME', quantity: 10, averageCost: 184 }],
  }),
);

const stream = new MockPriceStreamAdapter({
  symbols: { ACME: { startPrice: 184, intervalMs: 20 } },
  faults: [
    { kind: 'bad-tick', atTick: 5, price: '-1' },
    { kind: 'out-of-order', atTick: 10 },
    { kind: 'disconnect', atTick: 20, durationMs: 200 },
  ],
});
stream.onStatus(({ state }) => console.log(`stream: ${state}`));

const marking = await markToMarket({
  stream,
  repository,
  throttle: false,
  onError: ({ code, message }) => console.log(`${code}: ${message}`),
});
const afterGap = new Promise<void>((resolve) => {
  marking.bus.subscribe(STREAM_GAP, ({ gap }) => {
    console.log(`gap: ${gap.symbols.join(', ')}, ${gap.to - gap.from} ms, ${gap.reason}`);
    marking.onValued(() => resolve());
  });
});

await afterGap;
await marking.close();

const { received, delivered, conflated, rejected, outdated, overflowed, pending } = marking.stats().processor;
const sum = delivered + conflated + rejected + outdated + overflowed + pending;
console.log(`received ${received} = delivered ${delivered} + conflated ${conflated} + rejected ${rejected}`);
console.log(`  + outdated ${outdated} + overflowed ${overflowed} + pending ${pending} = ${sum}`);
