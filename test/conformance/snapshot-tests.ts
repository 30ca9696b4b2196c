import { expect, test } from 'vitest';
import { assertSamePortfolio } from '../../src/conformance/portfolio-repository/sample-data.js';
import { deposit, ledgerOf } from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { caught } from '../oracle/caught.js';

/** A store under test, with what it stores besides. */
export interface SnapshotStore {
  readonly repository: PortfolioRepository;
  /** Another repository on it. */
  make(options: { readonly snapshotFrom: number }): PortfolioRepository;
  /** Entries that the stored snapshot of a portfolio covers; 0 without one. */
  covered(id: string): Promise<number>;
  /** Puts another text in the place of a snapshot. */
  replace(id: string, snapshot: string): Promise<void>;
}

const FROM = 10;
const deposits = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => deposit(`e${from + n}`, 1000 * (from + n)));

/** What becomes of snapshots in a store of SQL. @param fresh A store whose repository has `snapshotFrom: 10`. */
export function snapshotTests(
  fresh: (options: { readonly snapshotFrom: number }) => Promise<SnapshotStore>,
): void {
  const filled = async (entries = FROM) => {
    const store = await fresh({ snapshotFrom: FROM });
    const saved = await store.repository.save(ledgerOf('p', deposits(0, entries)));
    const load = async (ledger?: 'whole') => (await store.repository.load('p', { ledger }))!;
    return { ...store, saved, load };
  };

  test('a ledger has a snapshot from a length on, and is loaded without the entries that it covers', async () => {
    const { repository, saved, load, covered } = await filled(FROM - 1);
    expect([await covered('p'), (await load()).isLedgerLoaded]).toEqual([0, true]);
    const long = await repository.save(saved.apply(deposits(9, 10)));
    expect([await covered('p'), (await load()).isLedgerLoaded]).toEqual([10, false]);
    await repository.save(long.apply(deposits(10, 12)));
    const loaded = await load();
    expect([await covered('p'), loaded.entryCount, loaded.hasEntry('e10')]).toEqual([10, 12, true]);
    expect(() => loaded.hasEntry('e9')).toThrow();
    expect((await load('whole')).hasEntry('e9')).toBe(true);
  });

  test('it stays for 500 entries, also in sets', async () => {
    const { repository, load, covered } = await filled();
    const other = await repository.save(ledgerOf('q', deposits(0, 3)));
    const some = await repository.saveMany!([
      (await load()).apply(deposits(10, 509)),
      other.apply(deposits(3, 12)),
    ]);
    expect(some.map(({ outcome }) => outcome)).toEqual(['saved', 'saved']);
    expect([await covered('p'), await covered('q')]).toEqual([10, 12]);
    await repository.saveMany!([
      (await load()).apply(deposits(509, 510)),
      (await repository.load('q'))!.deposit(1),
    ]);
    expect([await covered('p'), await covered('q')]).toEqual([510, 12]);
    assertSamePortfolio(await load(), ledgerOf('p', deposits(0, 510)).withVersion(3));
  });

  test('it is replaced with whatever makes it wrong, and dropped with a ledger that is too short for one', async () => {
    const { repository, load, covered } = await filled();
    const late = await repository.save((await load('whole')).apply(deposit('late', 1)));
    expect(await covered('p')).toBe(11);
    await repository.saveMany!([late.cancel('e3', { id: 'x', at: 1e6 }), ledgerOf('q', deposits(0, 12))]);
    expect([await covered('p'), await covered('q')]).toEqual([12, 12]);
    const [, short] = await repository.saveMany!([
      ledgerOf('p', deposits(0, 20)).withVersion(3),
      ledgerOf('q', deposits(0, 2)).withVersion(1),
    ]);
    expect([await covered('p'), await covered('q'), short!.outcome]).toEqual([20, 0, 'saved']);
    assertSamePortfolio(await load(), ledgerOf('p', deposits(0, 20)).withVersion(4));
    await repository.delete('p', 4);
    expect(await covered('p')).toBe(0);
    await repository.save(ledgerOf('p', deposits(0, 4)));
    expect([await covered('p'), (await load()).isLedgerLoaded]).toEqual([0, true]);
  });

  test('one that cannot be read is passed over, and replaced when it is due', async () => {
    const { repository, load, covered, replace } = await filled();
    for (const snapshot of ['{"format":0,"entries":10}', 'no JSON']) {
      await replace('p', snapshot);
      const loaded = await load();
      assertSamePortfolio(loaded, ledgerOf('p', deposits(0, 10)).withVersion(1));
      expect(loaded.isLedgerLoaded).toBe(true);
      const streamed: Portfolio[] = [];
      for await (const portfolio of repository.stream()) streamed.push(portfolio);
      expect(streamed.map(({ isLedgerLoaded }) => isLedgerLoaded)).toEqual([true]);
    }
    await repository.save((await load()).apply(deposits(10, 600)));
    expect([await covered('p'), (await load()).isLedgerLoaded]).toEqual([600, false]);
  });

  test('snapshotFrom: Infinity stores none, and drops those that there are', async () => {
    const { make, covered } = await filled();
    const repository = make({ snapshotFrom: Infinity });
    await repository.save((await repository.load('p'))!.deposit(1));
    await repository.save(ledgerOf('q', deposits(0, 2000)));
    expect([await covered('p'), await covered('q')]).toEqual([0, 0]);
  });

  test('an id that is stored and was not loaded is refused, and the message names it', async () => {
    const { repository, load } = await filled();
    const twice = (await load()).apply([deposit('e10', 1e6), deposit('e3', 1e6)]);
    await expect(repository.save(twice)).rejects.toMatchObject({
      code: 'ENTRY_CONFLICT',
      message: `Portfolio "p" is stored with an entry "e3" that was not loaded: an id applies once. Load the portfolio with load(id, { ledger: 'whole' }) and apply the entry to that: the same one again changes nothing.`,
    });
    const others = await Promise.all(['q', 'r'].map((id) => repository.save(ledgerOf(id, deposits(0, 2)))));
    const set = [others[0]!.deposit(1), twice, others[1]!.deposit(1)];
    const outcomes = await repository.saveMany!(set);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['saved', 'failed', 'saved']);
    expect(outcomes[1]).toMatchObject({ error: { code: 'ENTRY_CONFLICT' } });
    // A save at an old version is a conflict, whatever its entries.
    await repository.save((await load()).deposit(1));
    await expect(repository.save(twice)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await load()).entryCount).toBe(11);
  });

  test('what is no option is refused', async () => {
    const { repository, make } = await filled();
    for (const snapshotFrom of [0, 1.5, NaN])
      expect(caught(() => make({ snapshotFrom }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('snapshotFrom: expected a whole number from 1') as string,
      });
    await expect(repository.load('p', { ledger: 'all' as 'whole' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('load(): ledger: expected "whole", or nothing, got "all"') as string,
    });
  });
}
