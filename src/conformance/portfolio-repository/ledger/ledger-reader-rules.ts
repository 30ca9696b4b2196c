import type { LedgerEntry } from '../../../core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../core/portfolio/portfolio.js';
import { assert, assertEqual, assertRejects } from '../../assertions.js';
import { skipWithout, type RepositoryKit } from '../repository-kit.js';
import { assertSamePortfolio } from '../sample-data.js';
import { MANY, day, deposit, firstOf, ledgerOf, numbered } from './sample-ledgers.js';

/** What others do while a ledger is read, and what a reader leaves behind. */
export function ledgerReaderRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('ledger'));

  rule('leaving ledger() early does not block later calls', async ({ repository }) => {
    let last = await repository.save(
      ledgerOf(
        'p',
        numbered(MANY, (n) => day(1) + n),
      ),
    );
    for (let round = 0; round < 20; round++) {
      for await (const { id } of repository.ledger!('p')) if (id === 'e5') break;
      // Begun and forgotten.
      await firstOf(repository, 'p');
    }
    last = await repository.save(last.apply(deposit('late', day(0))));
    assertSamePortfolio(await repository.load('p'), last);
    await repository.delete('p', last.version);
    assertEqual(await repository.load('p'), null, 'the deleted portfolio');
  });

  rule(
    'ledger() yields each entry that was there once, in order, while others are saved',
    async ({ repository }) => {
      let last = await repository.save(
        ledgerOf(
          'p',
          numbered(MANY, (n) => day(1) + 2 * Math.floor(n / 10)),
        ),
      );
      const read: LedgerEntry[] = [];
      for await (const entry of repository.ledger!('p')) {
        const step = read.push(entry);
        // One before the reader, one after it and one at its time; and from time to time the whole ledger anew.
        if (step > MANY || step % 250 !== 125) continue;
        const late = [day(0), entry.at + 1, entry.at].map((at, n) => deposit(`late ${step} ${n}`, at));
        last = last.apply(late);
        if (step % 500 === 125) last = Portfolio.fromSnapshot(last.toSnapshot());
        last = await repository.save(last);
      }
      const ids = read.map(({ id }) => id);
      const expected = numbered(MANY, day).map(({ id }) => id);
      assertEqual(
        ids.filter((id) => id.startsWith('e')),
        expected,
        'ids of entries that were there',
      );
      assertEqual(ids.length, new Set(ids).size, 'number of entries, each counted once');
      assertEqual(
        read.find(({ at }, n) => n > 0 && at < read[n - 1]!.at),
        undefined,
        'an entry out of order',
      );
    },
  );

  rule(
    'ledger() never ends early as if that were all, when the portfolio is deleted',
    async ({ repository }) => {
      await repository.save(
        ledgerOf(
          'p',
          numbered(MANY, (n) => day(1) + n),
        ),
      );
      const read: string[] = [];
      const reading = (async () => {
        for await (const { id } of repository.ledger!('p'))
          if (read.push(id) === 1) await repository.delete('p', 1);
        return read.length;
      })();
      const count = await reading.catch((error: unknown) => error);
      if (count !== MANY)
        await assertRejects(reading, 'PORTFOLIO_DELETED', `ledger(), after ${read.length} entries`);
      assert(read.length > 0, 'an entry was read before the portfolio was deleted');
    },
  );
}
