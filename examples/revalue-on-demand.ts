// Values on demand, without a stream: load, value, save under the version, and retry after a conflict.
import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
import { PortfolioValuationService } from 'tickmark/parts';

const repository = new InMemoryPortfolioRepository();
for (const [id, quantity] of [
  ['ada', 10],
  ['ben', -4],
  ['cai', '2.5'],
] as const) {
  await repository.save(
    Portfolio.create({
      id,
      currency: 'EUR',
      positions: [{ symbol: 'ACME', quantity, averageCost: 180, currency: 'USD' }],
    }),
  );
}

const service = new PortfolioValuationService({ repository, fx: ['EUR/USD'] });
const timestamp = Date.now();
const closing = {
  // The same id means the same prices: a second call returns the result of the first.
  id: 'close-of-3-march',
  updates: [
    { symbol: 'ACME', price: '184.08', timestamp, currency: 'USD' },
    { symbol: 'EUR/USD', price: '1.0486', timestamp },
  ],
};

const { results, failures } = await service.batchRevaluatePortfolios(['ada', 'ben', 'cai', 'dee'], closing);
for (const { portfolioId, outcome, valuation } of results)
  console.log(`${portfolioId}: ${outcome}, ${valuation.marketValue} EUR`);
for (const { portfolioId, error } of failures) console.log(`${portfolioId}: ${error.code}`);

const again = await service.revaluatePortfolio('ada', closing);
console.log(`ada again: ${again.outcome}`);

const whatIf = await service.revaluatePortfolio(
  'ada',
  { updates: [{ symbol: 'ACME', price: '92.04', timestamp }, closing.updates[1]!] },
  { save: false },
);
console.log(`ada if ACME halved: ${whatIf.outcome}, ${whatIf.valuation.marketValue} EUR`);
console.log(`stored: ${(await repository.loadValuations(['ada']))[0]?.marketValue} EUR`);
console.log(`counters: ${JSON.stringify(service.stats())}`);
