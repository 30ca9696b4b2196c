import type { LedgerEntry, LedgerEntryInput } from '../../../core/portfolio/ledger/ledger-entry.js';
import type { LedgerRange } from '../../../core/portfolio/ledger/ledger-range.js';
import type { PortfolioRepository } from '../../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../../core/portfolio/portfolio.js';

const DAY = 86_400_000;
/** More entries than a page of any store has. */
export const MANY = 3000;

/** A moment of 2026, ms since 1970. */
export const day = (n: number) => Date.UTC(2026, 0, 1) + n * DAY;
/** A purchase. */
export const buy = (id: string, at: number, quantity = 1) =>
  ({ id, at, type: 'buy', symbol: 'ACME', quantity, price: '10.25' }) as const;
/** A deposit. */
export const deposit = (id: string, at: number) =>
  ({ id, at, type: 'deposit', amount: 1, currency: 'USD' }) as const;
/** A portfolio that was never stored. */
export const ledgerOf = (id: string, entries: readonly LedgerEntryInput[]) =>
  Portfolio.replay({ id, currency: 'USD', costMethod: 'fifo' }, entries);
/** Deposits `e0`, `e1`, …; `at` gives their times. */
export const numbered = (count: number, at: (n: number) => number) =>
  Array.from({ length: count }, (_, n) => deposit(`e${n}`, at(n)));

/** The entries that `ledger()` yields. */
export async function entriesOf(
  repository: PortfolioRepository,
  id: string,
  range?: LedgerRange,
): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of repository.ledger!(id, range)) entries.push(entry);
  return entries;
}

/** Their ids. */
export async function idsOf(
  repository: PortfolioRepository,
  id: string,
  range?: LedgerRange,
): Promise<string[]> {
  return (await entriesOf(repository, id, range)).map((entry) => entry.id);
}

/** The first entry, of a reader that is then forgotten. A call that throws rejects as well. */
export async function firstOf(repository: PortfolioRepository, id: string): Promise<LedgerEntry | undefined> {
  const { value } = await repository.ledger!(id)[Symbol.asyncIterator]().next();
  return value as LedgerEntry | undefined;
}
