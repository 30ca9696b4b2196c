/** Tests of repositories that read ledgers page by page. */
import { expect, test } from 'vitest';
import {
  deposit,
  entriesOf,
  idsOf,
  ledgerOf,
} from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import { plain } from '../../src/conformance/portfolio-repository/sample-data.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';

const T = 5000;

/** Registers them; `fresh` makes an empty store. */
export function ledgerPageTests(
  fresh: (options: { ledgerPageSize: number }) => Promise<PortfolioRepository>,
): void {
  test.each([1, 2, 3, 7])(
    'pages of %i hold all entries, with equal times and fractions of a ms',
    async (size) => {
      const repository = await fresh({ ledgerPageSize: size });
      const at = [-5.5, 0, 0, 0, 0.1 + 0.2, T, T, T + 1 / 3];
      const saved = await repository.save(
        ledgerOf(
          'p',
          at.map((time, n) => deposit(`e${n}`, time)),
        ),
      );
      expect((await entriesOf(repository, 'p')).map(plain)).toEqual(saved.entries.map(plain));
      expect(await idsOf(repository, 'p', { from: 0.1 + 0.2, to: T + 1 / 3 })).toEqual(['e4', 'e5', 'e6']);
      expect(await idsOf(repository, 'p', { from: -5.5, to: 0 })).toEqual(['e0']);
    },
  );

  test('ids that a database cannot store as they are name their portfolio and their place', async () => {
    const repository = await fresh({ ledgerPageSize: 1 });
    const ids = ['\\', '\0', '\ud800', '\\0', "'"];
    for (const id of ids)
      await repository.save(
        ledgerOf(
          id,
          ids.map((each) => deposit(each, T)),
        ),
      );
    for (const id of ids) expect(await idsOf(repository, id)).toEqual(ids);
  });

  // Entries at T are numbered after one that is before them or behind them; saved anew, all are numbered by time.
  test.each([
    ['before', 0, 'abcd'],
    ['behind', 2 * T, 'bcda'],
  ])(
    'a ledger that is saved anew goes on at the last one that was read, with a late entry %s it',
    async (_, at, all) => {
      const repository = await fresh({ ledgerPageSize: 2 });
      const [a, ...rest] = [deposit('a', at), deposit('b', T), deposit('c', T), deposit('d', T)] as const;
      const ledgers = at < T ? [rest, [a]] : [[a], rest];
      const first = await repository.save(ledgerOf('p', ledgers[0]!));
      const second = await repository.save(first.apply(ledgers[1]!));
      const read: string[] = [];
      for await (const { id } of repository.ledger!('p'))
        if (read.push(id) === 2) await repository.save(Portfolio.fromSnapshot(second.toSnapshot()));
      expect(read.join('')).toBe(all);
    },
  );

  test.each([
    ['without the last entry that was read', [deposit('a', 1), deposit('c', 3)], undefined],
    ['with that entry at another time', [deposit('b', 1), deposit('c', 3)], undefined],
    ['with the same entries', [deposit('a', 1), deposit('b', 2), deposit('c', 3)], 'abc'],
  ])('a ledger in place of which there is one %s', async (_, entries, all) => {
    const repository = await fresh({ ledgerPageSize: 2 });
    await repository.save(ledgerOf('p', [deposit('a', 1), deposit('b', 2), deposit('c', 3)]));
    const read: string[] = [];
    const reading = (async () => {
      for await (const { id } of repository.ledger!('p')) {
        if (read.push(id) !== 1) continue;
        await repository.delete('p', 1);
        await repository.save(ledgerOf('p', entries));
      }
      return read.join('');
    })();
    if (all !== undefined) expect(await reading).toBe(all);
    else await expect(reading).rejects.toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
  });

  test.each([0, 1.5, 100_001, NaN])('a page size of %d is refused', async (size) => {
    await expect(fresh({ ledgerPageSize: size })).rejects.toThrow(/ledgerPageSize/);
  });
}
