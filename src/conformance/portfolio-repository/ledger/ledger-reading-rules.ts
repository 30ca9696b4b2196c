import type { LedgerEntry } from '../../../core/portfolio/ledger/ledger-entry.js';
import type { LedgerRange } from '../../../core/portfolio/ledger/ledger-range.js';
import { Portfolio } from '../../../core/portfolio/portfolio.js';
import { assertEqual, assertRejects } from '../../assertions.js';
import { skipWithout, type RepositoryKit } from '../repository-kit.js';
import { plain, samplePortfolio } from '../sample-data.js';
import { MANY, buy, day, deposit, entriesOf, firstOf, idsOf, ledgerOf, numbered } from './sample-ledgers.js';

export function ledgerReadingRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('ledger'));

  rule(
    'ledger() yields entries as they were entered, also corrected and cancelled ones and what did that',
    async ({ repository }) => {
      const bought = await repository.save(
        ledgerOf('p', [
          { ...buy('b1\\\0\ud800', day(1)), fee: '0.125', rates: { EUR: '1.08' }, settlesAt: day(3) },
          buy('b2', day(2), 2),
        ]),
      );
      const { id: _id, at: _at, ...by } = buy('b2', day(2), 20);
      const saved = await repository.save(
        bought
          .cancel('b1\\\0\ud800', { id: 'x1', at: day(4) })
          .correct('b2', by, { id: 'x2', at: day(5) })
          .closeBooks(day(3), { id: 'x3', at: day(6) }),
      );
      await repository.save(ledgerOf('other', [buy('b1', day(1))]));
      const read = await entriesOf(repository, 'p');
      assertEqual(read.map(plain), saved.entries.map(plain), 'entries');
      const [first] = read as [LedgerEntry & { readonly quantity?: unknown }];
      assertEqual(
        [typeof first.quantity, typeof first.at],
        ['object', 'number'],
        'types of quantity and time',
      );
    },
  );

  rule('ledger() yields what is from `from` on and before `to`', async ({ repository }) => {
    await repository.save(
      ledgerOf(
        'p',
        [1, 2, 3, 4].map((n) => deposit(`d${n}`, day(n))),
      ),
    );
    const ids = (range: LedgerRange) => idsOf(repository, 'p', range);
    assertEqual(await ids({ from: day(2), to: day(4) }), ['d2', 'd3'], 'ids from day 2 to day 4');
    assertEqual(await ids({ from: day(3) }), ['d3', 'd4'], 'ids from day 3 on');
    assertEqual(await ids({ to: day(2) }), ['d1'], 'ids before day 2');
    assertEqual(await ids({ from: day(2), to: day(2) }), [], 'ids of a range without a moment');
    const written = { from: new Date(day(2)), to: '2026-01-04T01:00:00+01:00' };
    assertEqual(await ids(written), ['d2'], 'ids from a Date to an ISO string');
    await assertRejects(
      ids({ from: '2026-01-02' }),
      'INVALID_ARGUMENT',
      'ledger() from a time without a zone',
    );
  });

  rule(
    'ledger() yields entries by time, and those of one time in the order of the ledger',
    async ({ repository }) => {
      const first = await repository.save(
        ledgerOf('p', [deposit('b', day(1)), deposit('z', day(3)), deposit('y', day(3))]),
      );
      const second = await repository.save(first.apply([deposit('late', day(2)), deposit('x', day(3))]));
      const saved = await repository.save(second.apply(deposit('a', day(1))));
      const ids = saved.entries.map(({ id }) => id);
      assertEqual(ids, ['b', 'a', 'late', 'z', 'y', 'x'], 'ids of the portfolio');
      assertEqual(await idsOf(repository, 'p'), ids, 'ids');
      // A ledger that was not loaded from the store is stored as a whole.
      const again = await repository.save(Portfolio.fromSnapshot(saved.toSnapshot()));
      await repository.save(again.apply(deposit('w', day(3))));
      assertEqual(await idsOf(repository, 'p'), [...ids, 'w'], 'ids after a save of the whole ledger');
    },
  );

  rule('ledger() yields each of thousands of entries once, also of one time', async ({ repository }) => {
    const entries = numbered(MANY, (n) => (n < MANY / 2 ? day(1) : day(1) + n));
    await repository.save(ledgerOf('p', entries));
    const ids = entries.map(({ id }) => id);
    const read = await Promise.all([idsOf(repository, 'p'), idsOf(repository, 'p', { from: day(1) })]);
    for (const each of read) assertEqual(each, ids, 'ids');
    assertEqual(
      await idsOf(repository, 'p', { to: day(1) + MANY - 1 }),
      ids.slice(0, -1),
      'ids before the last',
    );
  });

  rule(
    'the first entry of ledger() rejects for an unknown or deleted id, and there is none in an empty ledger',
    async ({ repository }) => {
      await assertRejects(firstOf(repository, 'p'), 'PORTFOLIO_NOT_FOUND', 'ledger() of an unknown id');
      await repository.save(samplePortfolio('p'));
      await repository.delete('p', 1);
      await assertRejects(firstOf(repository, 'p'), 'PORTFOLIO_DELETED', 'ledger() of a deleted id');
      await repository.save(ledgerOf('p', []));
      assertEqual(await idsOf(repository, 'p'), [], 'ids of an empty ledger');
    },
  );

  rule('a deleted id that is used again has the entries of its new ledger alone', async ({ repository }) => {
    await repository.save(ledgerOf('p', [deposit('old', day(1))]));
    await repository.delete('p', 1);
    await repository.save(ledgerOf('p', [deposit('new', day(2))]));
    assertEqual(await idsOf(repository, 'p'), ['new'], 'ids');
  });
}
