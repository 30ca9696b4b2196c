import { Decimal } from '../../core/money/decimal.js';
import { findHolders, loadPortfolios } from '../../core/portfolio/repository-calls.js';
import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { assertStored, plain, samplePortfolio, samplePrice, sampleValuation } from './sample-data.js';

const WRONG = Decimal.from('666');

export function ownershipRules(kit: RepositoryKit): void {
  kit.rule(
    'changing a valuation after saveValuations() does not change the stored one',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      const given = { ...sampleValuation('p') };
      const set = [given];
      const saving = repository.saveValuations(set);
      given.marketValue = WRONG;
      set.length = 0;
      assertEqual(await saving, ['saved'], 'outcomes');
      given.cash = WRONG;
      given.version = 99;
      await assertStored(repository, sampleValuation('p'));
    },
  );

  kit.rule('changing a loaded valuation does not change the stored one', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await repository.saveValuations([sampleValuation('p')]);
    const loaded = await repository.loadValuations(['p']);
    tryToChange(loaded[0]!, { marketValue: WRONG, priceTime: 0, currency: 'XXX' });
    loaded.length = 0;
    await assertStored(repository, sampleValuation('p'));
  });

  kit.rule('changing a price after savePrices() does not change the stored one', async ({ repository }) => {
    const given = { ...samplePrice('AAPL', '150.25') };
    const set = [given];
    const saving = repository.savePrices(set);
    given.price = WRONG;
    set.length = 0;
    await saving;
    given.timestamp = 0;
    await assertPrice(repository);
  });

  kit.rule('changing a loaded price does not change the stored one', async ({ repository }) => {
    await repository.savePrices([samplePrice('AAPL', '150.25')]);
    const loaded = await repository.loadPrices();
    tryToChange(loaded[0]!, { price: WRONG, timestamp: 0 });
    loaded.length = 0;
    await assertPrice(repository);
  });

  kit.rule(
    'changing a list of ids or of loaded portfolios does not change the stored ones',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      const ids = ['p'];
      const loading = loadPortfolios(repository, ids);
      ids[0] = 'other';
      const loaded = await loading;
      assertEqual(
        loaded.map(({ id }) => id),
        ['p'],
        'ids of the loaded portfolios',
      );
      tryToChange(loaded[0]!, { version: 99 });
      loaded.length = 0;
      (await findHolders(repository, 'AAPL')).length = 0;
      assertEqual(await findHolders(repository, 'AAPL'), ['p'], 'holders');
      assertEqual((await repository.load('p'))?.version, 1, 'version');
    },
  );
}

async function assertPrice(repository: PortfolioRepository): Promise<void> {
  assertEqual(
    (await repository.loadPrices()).map(plain),
    [plain(samplePrice('AAPL', '150.25'))],
    'stored prices',
  );
}

// A frozen record rejects changes, which protects the store as well as a copy does.
function tryToChange(record: object, changes: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(changes)) Reflect.set(record, key, value);
}
