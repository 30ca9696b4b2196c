// Trades while prices stream: the trade always wins, and the value is computed again.
import {
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  PORTFOLIOS_VALUED,
  Portfolio,
  markToMarket,
} from 'tickmark';

// As slow as a store across a network, so that trades and saves overlap.
const repository = new InMemoryPortfolioRepository({ latencyMs: 2 });
await repository.save(
  Portfolio.create({
    id: 'desk',
    currency: 'USD',
    cash: { USD: 100_000 },
    positions: [{ symbol: 'ACME', quantity: 100, averageCost: 180 }],
  }),
);

const stream = new MockPriceStreamAdapter({
  symbols: { ACME: { startPrice: 184, intervalMs: 5 } },
  volatility: 4,
});
const marking = await markToMarket({ stream, repository, throttle: false, persistMs: 10 });

let values = 0;
const versions = new Set<number>();
marking.bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
  values += batch.length;
  for (const { version } of batch) versions.add(version);
});

// Six traders at once. Each change applies to the newest holdings, and is retried if another trader was faster.
const traders = Array.from({ length: 6 }, async (_, trader) => {
  for (let round = 0; round < 10; round++) {
    await marking.update('desk', (holdings) =>
      trader < 4 ? holdings.buy('ACME', 2, '184.50') : holdings.sell('ACME', 1, '184.40'),
    );
  }
});
await Promise.all(traders);

await marking.flush();
const desk = (await repository.load('desk'))!;
const [valuation] = await repository.loadValuations(['desk']);
const { editConflicts, engine } = marking.stats();

console.log(`trades: 60 done, ${editConflicts} conflicts retried`);
console.log(
  `holdings: version ${desk.version}, ${desk.position('ACME')?.quantity} ACME, expected ${100 + 80 - 20}`,
);
console.log(`values: ${values} published meanwhile, of ${versions.size} versions of the holdings`);
console.log(`saves: ${engine.saved} stored, ${engine.conflict} rejected because a trade came first`);
console.log(`stored value: ${valuation?.marketValue} USD, of version ${valuation?.version}`);

await marking.close();
