import { assertEqual, assertRejects } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { NOON, samplePortfolio, sorted } from './sample-data.js';

export function holderRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('findHolders'));

  rule('findHolders() returns the portfolios that hold a symbol, long or short', async ({ repository }) => {
    await repository.save(samplePortfolio('both'));
    await repository.save(samplePortfolio('long', { positions: [{ symbol: 'AAPL', quantity: '0.5' }] }));
    await repository.save(samplePortfolio('none', { positions: [] }));
    assertEqual(sorted(await repository.findHolders!('AAPL')), ['both', 'long'], 'holders of AAPL');
    assertEqual(await repository.findHolders!('TSLA'), ['both'], 'holders of TSLA');
    assertEqual(await repository.findHolders!('MSFT'), [], 'holders of a symbol that no portfolio holds');
    assertEqual(await repository.findHolders!('aapl'), [], 'holders of a symbol in lower case');
  });

  rule('findHolders() follows opened and closed positions', async ({ repository }) => {
    const first = await repository.save(samplePortfolio('p'));
    const second = await repository.save(first.buy('MSFT', 1, 300).sell('AAPL', 10, 160));
    assertEqual(await repository.findHolders!('MSFT'), ['p'], 'holders of a symbol that was bought');
    assertEqual(await repository.findHolders!('AAPL'), [], 'holders of a symbol that was sold');
    await assertRejects(repository.save(first.buy('NVDA', 1, 100)), 'VERSION_CONFLICT', 'save()');
    assertEqual(await repository.findHolders!('NVDA'), [], 'holders of a symbol of the rejected save');
    await repository.save(second.buy('AAPL', 1, 150));
    assertEqual(await repository.findHolders!('AAPL'), ['p'], 'holders of a symbol that was bought again');
  });

  rule(
    'findHolders() with a time also returns those with an entry from then on that names the symbol',
    async (h) => {
      const at = (minute: number) => NOON + minute * 60_000;
      const traded = (id: string, symbol: string) =>
        samplePortfolio(id, { positions: [], at: NOON })
          .buy(symbol, 1, 10, { at: at(1), id: 'b' })
          .sell(symbol, 1, 10, { at: at(2), id: 's' });
      await h.repository.save(samplePortfolio('holds', { positions: [{ symbol: 'A', quantity: 1 }] }));
      await h.repository.save(traded('held', 'A'));
      await h.repository.save(traded('other', 'AA'));
      const found = async (since?: number) => sorted(await h.repository.findHolders!('A', since));
      assertEqual(await found(at(2)), ['held', 'holds'], 'holders of A, and traders since the sale');
      assertEqual(await found(at(2) + 1), ['holds'], 'holders of A, and traders after the sale');
      assertEqual(await found(), ['holds'], 'holders of A');
    },
  );
}
