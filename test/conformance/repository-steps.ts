/** Random calls of a repository, to compare what any two repositories answer. */
import fc from 'fast-check';
import {
  plain,
  samplePrice,
  sampleOrder,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { findHolders, portfolioLedger, savePortfolios } from '../../src/core/portfolio/repository-calls.js';

const id = fc.constantFrom('p', 'q');
const version = fc.nat(4);
const symbol = fc.constantFrom('A', 'B', 'C');
/** One call. */
export const repositoryStep = fc.oneof(
  fc.record({
    do: fc.constant('save' as const),
    id,
    version,
    held: fc.dictionary(symbol, fc.integer({ min: 1, max: 9 })),
  }),
  fc.record({
    do: fc.constant('save many' as const),
    given: fc.array(fc.record({ id, version, held: fc.subarray(['A', 'B', 'C']) }), { maxLength: 5 }),
  }),
  fc.record({ do: fc.constant('delete' as const), id, version }),
  fc.record({
    do: fc.constant('value' as const),
    offers: fc.array(
      fc.record({
        id: fc.constantFrom('p', 'q', 'x'),
        version,
        time: fc.nat(2),
        sum: fc.nat(2),
        name: fc.constantFrom(...STREAMED_FIGURES),
        figure: fc.option(fc.nat(1)),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    do: fc.constant('price' as const),
    prices: fc.array(fc.tuple(symbol, fc.integer(), fc.nat(3)), { maxLength: 4 }),
  }),
);
type Step = typeof repositoryStep extends fc.Arbitrary<infer T> ? T : never;

/** Makes a call. @returns What it answers, or how it fails. */
export async function runStep(repository: PortfolioRepository, each: Step): Promise<unknown> {
  try {
    if (each.do === 'save') {
      const positions = Object.entries(each.held).map(([name, quantity]) => ({ symbol: name, quantity }));
      const portfolio = Portfolio.create({
        id: each.id,
        currency: 'USD',
        positions,
        cash: { USD: each.version },
      });
      return plain(await repository.save(portfolio.withVersion(each.version)));
    }
    if (each.do === 'save many') {
      const portfolios = each.given.map(({ id: portfolioId, version: at, held }) =>
        Portfolio.create({
          id: portfolioId,
          currency: 'USD',
          positions: held.map((name) => ({ symbol: name, quantity: at + 1 })),
          cash: { USD: at, EUR: 1 },
        }).withVersion(at),
      );
      return (await savePortfolios(repository, portfolios)).map((result) => {
        if (result.outcome === 'saved') return plain(result.portfolio);
        const { code, actualVersion } = result.error as TickmarkError & { actualVersion?: number };
        return [result.outcome, code, actualVersion];
      });
    }
    if (each.do === 'delete') return await repository.delete(each.id, each.version);
    if (each.do === 'price') {
      return await repository.savePrices(
        each.prices.map(([name, price, time]) => samplePrice(name, price, time)),
      );
    }
    return await repository.saveValuations(
      each.offers.map(({ id: portfolioId, version: at, time, sum, name, figure }) =>
        sampleValuation(portfolioId, {
          version: at,
          priceOrder: sampleOrder(time),
          valuedAt: sum,
          [name]: figure === null ? null : Decimal.from(figure),
        }),
      ),
    );
  } catch (error) {
    const { code, actualVersion } = error as TickmarkError & { actualVersion?: number };
    return { code, actualVersion };
  }
}

/** All that is stored. */
export async function contentsOf(repository: PortfolioRepository): Promise<unknown> {
  const streamed: unknown[] = [];
  for await (const portfolio of repository.stream()) streamed.push(portfolio);
  const prices = (await repository.loadPrices()).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const valuations = await repository.loadValuations(['p', 'q', 'x']);
  const holders = await Promise.all(['A', 'B', 'C'].map((name) => findHolders(repository, name)));
  return plain({
    portfolios: [await repository.load('p'), await repository.load('q')],
    streamed: sortedBy('id', streamed as { id: string }[]),
    ledgers: [await ledgerOf(repository, 'p'), await ledgerOf(repository, 'q')],
    valuations: sortedBy('portfolioId', valuations),
    prices,
    holders: holders.map((each) => each.sort()),
  });
}

async function ledgerOf(repository: PortfolioRepository, portfolioId: string): Promise<unknown> {
  const entries: unknown[] = [];
  try {
    for await (const entry of portfolioLedger(repository, portfolioId)) entries.push(entry);
    return entries;
  } catch (error) {
    return (error as TickmarkError).code;
  }
}

function sortedBy<Key extends string, Item extends Record<Key, string>>(key: Key, items: Item[]): Item[] {
  return items.sort((a, b) => (a[key] < b[key] ? -1 : 1));
}
