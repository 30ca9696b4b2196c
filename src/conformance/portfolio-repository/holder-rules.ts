import { assertEqual, assertRejects } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { samplePortfolio, sorted } from './sample-data.js';

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
}
