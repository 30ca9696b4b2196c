import { EntityNotFoundError, RepositoryError, quote } from '../../errors.js';
import type { LedgerEntry } from './ledger-entry.js';

/** A page of a stored ledger, as it is at one moment. */
export interface LedgerPage {
  /** Of the portfolio. */
  readonly state: 'stored' | 'deleted' | 'unknown';
  /** Whether the entry that the page comes after is still in the ledger; `true` for the first page. */
  readonly isContinued: boolean;
  readonly entries: readonly LedgerEntry[];
}

/**
 * Reads a ledger page by page; between two pages nothing is open.
 * @param pageSize Most entries of a page; one with fewer is the last.
 * @param readPage Reads the page after an entry, or the first one.
 * @throws EntityNotFoundError; RepositoryError `REPOSITORY_FAILED`, retryable, when another ledger was stored in place of the one that was read.
 */
export async function* storedLedger(
  portfolioId: string,
  pageSize: number,
  readPage: (after: LedgerEntry | null) => Promise<LedgerPage>,
): AsyncIterable<LedgerEntry> {
  let last: LedgerEntry | null = null;
  while (true) {
    const after: LedgerEntry | null = last;
    const { state, isContinued, entries }: LedgerPage = await readPage(after);
    if (state === 'unknown') throw new EntityNotFoundError(portfolioId);
    if (state === 'deleted') throw new EntityNotFoundError(portfolioId, 'PORTFOLIO_DELETED');
    if (!isContinued) throw replaced(portfolioId, after!);
    yield* entries;
    if (entries.length < pageSize) return;
    last = entries.at(-1)!;
  }
}

// Deleted and created again, or saved with other entries: the rest would not belong to what has been read.
function replaced(portfolioId: string, { id }: LedgerEntry): RepositoryError {
  return new RepositoryError(
    `ledger(): the ledger of ${quote(portfolioId)} was replaced while it was read, and has no entry ${quote(id)} any more. Read it again.`,
  );
}
