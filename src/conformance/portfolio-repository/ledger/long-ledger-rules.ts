import type { LedgerEntryInput } from '../../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioRepository } from '../../../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../../core/portfolio/portfolio.js';
import {
  findHolders,
  loadPortfolios,
  portfolioLedger,
  savePortfolios,
} from '../../../core/portfolio/repository-calls.js';
import { assert, assertEqual, assertRejects } from '../../assertions.js';
import type { RepositoryKit } from '../repository-kit.js';
import { assertSamePortfolio } from '../sample-data.js';
import { buy, day, deposit, ledgerOf } from './sample-ledgers.js';

/** A ledger that a repository does not replay each time, if it has a way to avoid that. */
const LONG = 1_200;
/** So many more, and what was stored of the first ones is worth storing anew. */
const MORE = 600;
const SYMBOLS = ['ACME', 'BOLT', 'CORE', 'DUNE'];

// An hour apart, so that the last days of all are remembered for day P&L.
const at = (n: number): number => day(1) + n * 3_600_000;

function trade(n: number): LedgerEntryInput {
  const base = { id: `t${n}`, at: at(n) };
  if (n % 50 === 0)
    return { ...base, type: 'deposit', amount: '1000.50', currency: 'EUR', rates: { EUR: '1.0825' } };
  const symbol = SYMBOLS[n % 3]!;
  const type = n % 7 === 6 ? 'sell' : 'buy';
  return { ...base, type, symbol, quantity: `${1 + (n % 5)}.25`, price: `${100 + (n % 13)}.1`, fee: '0.35' };
}

const trades = (from: number, to: number): LedgerEntryInput[] =>
  Array.from({ length: to - from }, (_, n) => trade(from + n));

const load = async (repository: PortfolioRepository, isWhole = false): Promise<Portfolio> =>
  (await repository.load('p', isWhole ? { ledger: 'whole' } : undefined))!;

// It is loaded as the replay of some entries, with all of them or without the first ones.
async function assertLoads(
  repository: PortfolioRepository,
  entries: readonly LedgerEntryInput[],
  version: number,
): Promise<void> {
  const replayed = ledgerOf('p', entries).withVersion(version);
  assertSamePortfolio(await load(repository), replayed);
  const whole = await load(repository, true);
  assert(whole.isLedgerLoaded !== false, "load(id, { ledger: 'whole' }) left out entries");
  assertSamePortfolio(whole, replayed);
  const ids: string[] = [];
  for await (const { id } of portfolioLedger(repository, 'p')) ids.push(id);
  assertEqual(
    ids,
    replayed.entries.map(({ id }) => id),
    'ids of the entries',
  );
}

export function longLedgerRules(kit: RepositoryKit): void {
  kit.rule('a long ledger loads as its replay does', async ({ repository }) => {
    const entries = trades(0, LONG);
    const saved = await repository.save(ledgerOf('p', entries));
    await assertLoads(repository, entries, 1);
    assertSamePortfolio((await loadPortfolios(repository, ['p']))[0], saved);
    const streamed: Portfolio[] = [];
    for await (const portfolio of repository.stream()) streamed.push(portfolio);
    assertEqual(streamed.length, 1, 'number of portfolios');
    assertSamePortfolio(streamed[0], saved);
  });

  kit.rule(
    'what is appended to a long ledger after it was loaded is stored with the rest',
    async ({ repository }) => {
      await repository.save(ledgerOf('p', trades(0, LONG)));
      const few = [...trades(LONG, LONG + 5), buy('new', at(LONG + 5)), deposit('last', at(LONG + 5))];
      await repository.save((await load(repository)).apply(few));
      await assertLoads(repository, [...trades(0, LONG), ...few], 2);
      assertEqual(await findHolders(repository, 'ACME'), ['p'], 'holders of a symbol');
      const many = trades(LONG + 6, LONG + MORE);
      await repository.save((await load(repository)).apply(many));
      await assertLoads(repository, [...trades(0, LONG), ...few, ...many], 3);
      const held = (await load(repository)).position('BOLT')!.quantity;
      const sold: LedgerEntryInput = {
        id: 'all',
        at: at(LONG + MORE),
        type: 'sell',
        symbol: 'BOLT',
        quantity: held,
        price: 1,
      };
      const closed: LedgerEntryInput = {
        id: 'closed',
        at: at(LONG + MORE),
        type: 'closeBooks',
        until: day(2),
      };
      await repository.save((await load(repository)).apply([sold, closed]));
      await assertLoads(repository, [...trades(0, LONG), ...few, ...many, sold, closed], 4);
      assertEqual(await findHolders(repository, 'BOLT'), [], 'holders of a symbol that was sold');
    },
  );

  const changes: readonly (readonly [string, LedgerEntryInput])[] = [
    ['a late entry', { ...buy('late', at(100)), symbol: 'DUNE' }],
    ['a cancellation', { id: 'x', at: at(LONG), type: 'cancel', entry: 't5' }],
    [
      'a correction',
      {
        id: 'x',
        at: at(LONG),
        type: 'correct',
        entry: 't7',
        by: { type: 'buy', symbol: 'DUNE', quantity: 3, price: 5 },
      },
    ],
  ];
  for (const [what, change] of changes)
    kit.rule(`${what} in a long ledger changes what is loaded`, async ({ repository }) => {
      await repository.save(ledgerOf('p', trades(0, LONG)));
      await repository.save((await load(repository, true)).apply(change));
      await assertLoads(repository, [...trades(0, LONG), change], 2);
      const next = trade(LONG + 1);
      await repository.save((await load(repository)).apply(next));
      await assertLoads(repository, [...trades(0, LONG), change, next], 3);
    });

  kit.rule(
    'an id that is in a long ledger applies once, also if it was not loaded',
    async ({ repository }) => {
      await repository.save(ledgerOf('p', trades(0, LONG)));
      const again = { ...buy('t3', at(LONG)), quantity: 77 };
      const first = await load(repository);
      const enter = async (): Promise<Portfolio> => repository.save(first.apply([trade(LONG), again]));
      await assertRejects(enter(), 'ENTRY_CONFLICT', 'an entry with the id of a stored one');
      await assertLoads(repository, trades(0, LONG), 1);
      if (first.isLedgerLoaded !== false) return;
      const other = await repository.save(ledgerOf('q', [deposit('d', day(1))]));
      const outcomes = await savePortfolios(repository, [
        first.apply(again),
        other.apply(deposit('e', day(2))),
      ]);
      assertEqual(
        outcomes.map((each) => (each.outcome === 'failed' ? each.error.code : each.outcome)),
        ['ENTRY_CONFLICT', 'saved'],
        'outcomes',
      );
      await assertLoads(repository, trades(0, LONG), 1);
    },
  );

  kit.rule('a long ledger that is replaced or deleted leaves nothing behind', async ({ repository }) => {
    await repository.save(ledgerOf('p', trades(0, LONG)));
    const others = trades(0, LONG).map((entry, n): LedgerEntryInput =>
      n === 8 ? buy('other', at(8), 9) : entry,
    );
    await repository.save(ledgerOf('p', others).withVersion(1));
    await assertLoads(repository, others, 2);
    await repository.save(ledgerOf('p', trades(0, 3)).withVersion(2));
    await assertLoads(repository, trades(0, 3), 3);
    await repository.save(ledgerOf('p', others).withVersion(3));
    await repository.delete('p', 4);
    await repository.save(ledgerOf('p', trades(0, 4)));
    await assertLoads(repository, trades(0, 4), 5);
  });
}
