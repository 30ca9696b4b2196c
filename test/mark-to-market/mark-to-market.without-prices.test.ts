import { afterEach, expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  PORTFOLIOS_VALUED,
  Portfolio,
  markToMarket,
  type MarkToMarket,
  type PortfolioValuedBatch,
} from 'tickmark';

let marking: MarkToMarket | undefined;

afterEach(async () => {
  await marking?.close();
  marking = undefined;
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

const texts = (batch: PortfolioValuedBatch) =>
  [...batch].map(({ portfolioId, equity }) => `${portfolioId} ${String(equity)}`);

/** A store with a portfolio of cash, one of nothing, and one whose price nobody knows. */
async function stored(): Promise<InMemoryPortfolioRepository> {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create({ id: 'cash', currency: 'USD', cash: { USD: 5000 } }));
  await repository.save(Portfolio.create({ id: 'empty', currency: 'USD' }));
  const positions = [{ symbol: 'ZZZ', quantity: 1, averageCost: 3 }];
  await repository.save(Portfolio.create({ id: 'unpriced', currency: 'USD', positions }));
  return repository;
}

// field-faults.md section 6: a portfolio that no price touches (cash only) emits no event after start.
test('a listener added right after the start hears of portfolios that need no price, once', async () => {
  const heard: string[] = [];
  const stream = new MockPriceStreamAdapter();
  marking = await markToMarket({ stream, repository: await stored(), autoSubscribe: false });
  marking.onValued((batch) => void heard.push(...texts(batch)));
  marking.onValued('cash', ({ equity }) => void heard.push(`alone ${String(equity)}`));
  const stop = marking.onValued(() => void heard.push('stopped'));
  stop();
  expect(heard).toEqual([]);
  await turn();
  expect(heard).toEqual(['cash 5000.00', 'empty 0.00', 'alone 5000.00']);
  marking.onValued((batch) => void heard.push(...texts(batch)));
  await turn();
  await marking.flush();
  expect(heard).toHaveLength(3);
});

test('all of them are published, also those that wait for a price, and stored', async () => {
  const heard: string[] = [];
  const bus = new InMemoryEventBus();
  const repository = await stored();
  bus.subscribe<PortfolioValuedBatch>(PORTFOLIOS_VALUED, (batch) => void heard.push(...texts(batch)));
  const stream = new MockPriceStreamAdapter();
  marking = await markToMarket({ stream, repository, bus, autoSubscribe: false });
  await marking.flush();
  expect(heard).toEqual(['cash 5000.00', 'empty 0.00', 'unpriced null']);
  const values = await repository.loadValuations(['cash', 'empty', 'unpriced']);
  expect(values.map(({ equity }) => String(equity))).toEqual(['5000.00', '0.00', 'null']);
  await bus.close();
});
