import { Decimal } from '../../core/money/decimal.js';
import { STREAMED_FIGURES, mapFigures } from '../../core/portfolio/figures/portfolio-totals.js';
import { findHolders, loadPortfolios, savePortfolios } from '../../core/portfolio/repository-calls.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import {
  assertSamePortfolio,
  assertStored,
  offer,
  plain,
  samplePortfolio,
  samplePrice,
  sampleValuation,
  sorted,
} from './sample-data.js';

const DIGITS = [
  '0.000000000000000001',
  '-0.1',
  '0.3',
  '9007199254740993',
  '12345678901.123456789012345678',
  '-99999999999999999999999999999',
  '99999999999.999999999999999999',
];

const ODD_NAMES = [
  'a',
  'A',
  'a ',
  ' a',
  'a:b',
  'a:b:c',
  '{a}',
  'a*',
  'a?',
  '[a]',
  'a\r\nb',
  'a\0b',
  "'; DROP TABLE portfolios; --",
  'a"b',
  'a\\b',
  '%_',
  '__proto__',
  'null',
  '0',
  'ä',
  'a\u0308',
  '上证指数',
  '📈',
  'x'.repeat(256),
];

export function fidelityRules(kit: RepositoryKit): void {
  kit.rule('decimals are stored exactly', async ({ repository }) => {
    for (const [n, digits] of DIGITS.entries()) {
      const portfolio = Portfolio.create({
        id: `p${n}`,
        currency: 'USD',
        cash: { USD: digits, EUR: '0.01' },
        positions: [{ symbol: 'X', quantity: digits, averageCost: digits }],
      });
      await repository.save(portfolio);
      assertSamePortfolio(await repository.load(`p${n}`), portfolio.withVersion(1));
    }
  });

  kit.rule('totals of more digits than a price may have are stored exactly', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    const long = Decimal.fromTotal(`-${'9'.repeat(40)}.${'7'.repeat(20)}`);
    const valuation = { ...sampleValuation('p'), ...mapFigures(() => long), priced: { marketValue: long } };
    assertEqual(await offer(repository, valuation), 'saved', 'outcome');
    await assertStored(repository, valuation);
  });

  kit.rule('a portfolio loads with all its fields, and its positions in order', async ({ repository }) => {
    const portfolio = Portfolio.create({
      id: 'p',
      currency: 'EUR',
      costMethod: 'fifo',
      tags: { desk: 'Rates' },
      cash: { USD: '-12.34', JPY: 1000, EUR: 0 },
      positions: [
        { symbol: 'ZZZ', quantity: 3, averageCost: 7, currency: 'JPY' },
        { symbol: 'AAA', quantity: '-1.5', costBasis: '-10', realizedPnl: '0.25' },
        { symbol: 'MMM', quantity: 9, averageCost: '0.333' },
      ],
    })
      .sell('ZZZ', 1, 9)
      .buy('AAA', 2, 5);
    await repository.save(portfolio);
    assertSamePortfolio(await repository.load('p'), portfolio.withVersion(1));
  });

  kit.rule('ids are compared character by character', async ({ repository }) => {
    const given = ODD_NAMES.map((id, n) => samplePortfolio(id).deposit(n + 1));
    for (const portfolio of given) await repository.save(portfolio);
    for (const [n, id] of ODD_NAMES.entries()) {
      const expected = given[n]!.withVersion(1);
      assertSamePortfolio(await repository.load(id), expected);
      assertSamePortfolio((await loadPortfolios(repository, [id]))[0], expected);
      assertEqual(await offer(repository, sampleValuation(id)), 'saved', `outcome for ${JSON.stringify(id)}`);
      await assertStored(repository, sampleValuation(id));
    }
    const holders = await findHolders(repository, 'AAPL');
    assertEqual(sorted(holders), sorted(ODD_NAMES), 'holders');
    assertEqual(
      (await loadPortfolios(repository, ODD_NAMES)).length,
      ODD_NAMES.length,
      'number of portfolios',
    );
    assertEqual(await repository.load('b'), null, 'load() of an id that is part of others');
  });

  kit.rule('symbols are compared character by character', async ({ repository }) => {
    const positions = ODD_NAMES.map((symbol, n) => ({ symbol, quantity: n + 1 }));
    const portfolio = samplePortfolio('p', { positions });
    await repository.save(portfolio);
    assertSamePortfolio(await repository.load('p'), portfolio.withVersion(1));
    for (const symbol of ODD_NAMES) {
      assertEqual(await findHolders(repository, symbol), ['p'], `holders of ${JSON.stringify(symbol)}`);
    }
    assertEqual(await findHolders(repository, 'b'), [], 'holders of a symbol that is part of others');
    const prices = ODD_NAMES.map((symbol, n) => samplePrice(symbol, n + 1));
    await repository.savePrices(prices);
    const stored = new Map((await repository.loadPrices()).map((price) => [price.symbol, price]));
    assertEqual(stored.size, prices.length, 'number of prices');
    for (const price of prices) {
      assertEqual(plain(stored.get(price.symbol)), plain(price), `price of ${JSON.stringify(price.symbol)}`);
    }
  });

  kit.rule('the figures of a valuation are stored exactly', async ({ repository }) => {
    for (const n of DIGITS.keys()) {
      const id = `p${n}`;
      const figure = (index: number): Decimal => Decimal.from(DIGITS[(n + index) % DIGITS.length]!);
      await repository.save(samplePortfolio(id));
      const valuation = sampleValuation(id, {
        ...mapFigures((_, index) => figure(index)),
        priced: { marketValue: figure(0) },
      });
      assertEqual(await offer(repository, valuation), 'saved', 'outcome');
      await assertStored(repository, valuation);
    }
  });

  kit.rule(
    'a figure that is unknown while the others are known is stored as null',
    async ({ repository }) => {
      await savePortfolios(
        repository,
        STREAMED_FIGURES.map((id) => samplePortfolio(id)),
      );
      const valuations = STREAMED_FIGURES.map((name) => sampleValuation(name, { [name]: null }));
      assertEqual(
        await repository.saveValuations(valuations),
        valuations.map(() => 'saved'),
        'outcomes',
      );
      for (const valuation of valuations) await assertStored(repository, valuation);
    },
  );
}
