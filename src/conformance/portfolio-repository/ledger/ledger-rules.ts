import type { LedgerEntryInput } from '../../../core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../core/portfolio/portfolio.js';
import { assertEqual } from '../../assertions.js';
import type { RepositoryKit } from '../repository-kit.js';
import { assertSamePortfolio } from '../sample-data.js';

const TERMS = { id: 'p', currency: 'USD', costMethod: 'fifo' } as const;
const DAY = 86_400_000;
const at = (day: number) => Date.UTC(2026, 0, 1) + day * DAY;
const buy = (id: string, day: number, quantity: number): LedgerEntryInput => ({
  id,
  at: at(day),
  type: 'buy',
  symbol: 'ACME',
  quantity,
  price: '10.25',
});

export function ledgerRules(kit: RepositoryKit): void {
  kit.rule('entries load by their time, however they were saved', async ({ repository }) => {
    const first = await repository.save(Portfolio.replay(TERMS, [buy('b1', 1, 1), buy('b3', 3, 3)]));
    const late = await repository.save(first.apply(buy('b2', 2, 2)));
    const split = await repository.save(late.split('ACME', { from: 1, to: 2 }, { id: 's', at: at(2.5) }));
    const loaded = (await repository.load('p'))!;
    assertSamePortfolio(loaded, split);
    assertEqual(
      loaded.entries.map(({ id }) => id),
      ['b1', 'b2', 's', 'b3'],
      'ids of the entries',
    );
    assertEqual(loaded.position('ACME')?.quantity.toString(), '9', 'quantity');
  });

  kit.rule(
    'cancellations, corrections and closed books load with the entries that they are about',
    async ({ repository }) => {
      const bought = await repository.save(
        Portfolio.replay(TERMS, [buy('b1', 1, 1), buy('b2', 2, 2), buy('b3', 3, 3)]),
      );
      const { id: _id, at: _at, ...by } = buy('b3', 3, 30);
      const corrected = await repository.save(
        bought
          .cancel('b1', { id: 'x1', at: at(4) })
          .correct('b3', by as Parameters<Portfolio['correct']>[1], { id: 'x2', at: at(5) })
          .closeBooks(at(3), { id: 'x3', at: at(6) }),
      );
      const loaded = (await repository.load('p'))!;
      assertSamePortfolio(loaded, corrected);
      assertEqual(loaded.entryCount, 6, 'number of entries');
      assertEqual(loaded.position('ACME')?.quantity.toString(), '32', 'quantity');
      assertEqual(loaded.closedUntil, at(3), 'time until which the books are closed');
    },
  );

  kit.rule('an entry that two writers save applies once', async ({ repository }) => {
    const created = await repository.save(Portfolio.replay(TERMS, []));
    const [one, two] = [buy('b1', 1, 1), buy('b1', 1, 1)].map((entry) => created.apply(entry)) as [
      Portfolio,
      Portfolio,
    ];
    const saved = await repository.save(one);
    await repository.save(two).catch(() => undefined);
    const again = (await repository.load('p'))!.apply(buy('b1', 1, 1));
    assertSamePortfolio(again, saved);
  });
}
