import type { LedgerEntry, LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { LedgerRange } from '../../core/portfolio/ledger/ledger-range.js';
import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { assert, assertEqual, assertRejects } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { assertSamePortfolio, plain, samplePortfolio } from './sample-data.js';

const DAY = 86_400_000;
// More than a page of any store.
const MANY = 3000;

const day = (n: number) => Date.UTC(2026, 0, 1) + n * DAY;
const buy = (id: string, at: number, quantity = 1) =>
  ({ id, at, type: 'buy', symbol: 'ACME', quantity, price: '10.25' }) as const;
const deposit = (id: string, at: number) =>
  ({ id, at, type: 'deposit', amount: 1, currency: 'USD' }) as const;
const ledgerOf = (id: string, entries: readonly LedgerEntryInput[]) =>
  Portfolio.replay({ id, currency: 'USD', costMethod: 'fifo' }, entries);
const numbered = (count: number, at: (n: number) => number) =>
  Array.from({ length: count }, (_, n) => deposit(`e${n}`, at(n)));

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

async function entriesOf(
  repository: PortfolioRepository,
  id: string,
  range?: LedgerRange,
): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of repository.ledger!(id, range)) entries.push(entry);
  return entries;
}

async function idsOf(repository: PortfolioRepository, id: string, range?: LedgerRange): Promise<string[]> {
  return (await entriesOf(repository, id, range)).map((entry) => entry.id);
}

// Awaited here, so that a call that throws rejects as well.
async function firstOf(repository: PortfolioRepository, id: string): Promise<LedgerEntry | undefined> {
  const { value } = await repository.ledger!(id)[Symbol.asyncIterator]().next();
  return value as LedgerEntry | undefined;
}
