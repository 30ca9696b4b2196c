import type { KnownActions } from './corporate-actions/known-actions.js';
import type { KeptPortfolios } from './kept-portfolios.js';
import type { LedgerEntryInput } from './ledger/ledger-entry.js';
import type { PortfolioRepository } from './portfolio-repository.js';
import type { Portfolio } from './portfolio.js';
import { loadPortfolios, savePortfolios } from './repository-calls.js';

/** Entries for the ledger of a portfolio. */
export interface Booking {
  readonly portfolioId: string;
  readonly entries: readonly LedgerEntryInput[];
}

/** A portfolio with its entries booked. */
export interface BookedPortfolio {
  /** As stored. */
  readonly portfolio: Portfolio;
  /** Ids that were in the ledger already. */
  readonly known: ReadonlySet<string>;
  /** Whether anything was saved. */
  readonly isSaved: boolean;
}

/**
 * Books entries into several portfolios, each for itself, with one load and one save for all of them. A portfolio that is kept is not loaded.
 * @returns What was booked, by portfolio. What is missing could not be booked like this: it has to be tried alone.
 */
export async function bookTogether(
  repository: Pick<PortfolioRepository, 'load' | 'loadMany' | 'save' | 'saveMany'>,
  kept: KeptPortfolios,
  actions: KnownActions,
  bookings: readonly Booking[],
): Promise<Map<string, BookedPortfolio>> {
  const stored = new Map<string, Portfolio>();
  for (const { portfolioId } of bookings) {
    const portfolio = kept.take(portfolioId);
    if (portfolio) stored.set(portfolioId, portfolio);
  }
  const missing = bookings.filter(({ portfolioId }) => !stored.has(portfolioId));
  if (missing.length > 0)
    for (const portfolio of await loadPortfolios(
      repository,
      missing.map(({ portfolioId }) => portfolioId),
    ))
      stored.set(portfolio.id, portfolio);
  await actions.refresh();
  const done = new Map<string, BookedPortfolio>();
  const changed: Array<{ readonly portfolio: Portfolio; readonly known: ReadonlySet<string> }> = [];
  for (const { portfolioId, entries } of bookings) {
    const before = stored.get(portfolioId);
    const after = before && applied(before, entries, actions);
    if (!after) continue;
    // The store refuses an id that it has and that was not loaded.
    const known = new Set(entries.flatMap(({ id }) => (before.hasLoadedEntry(id) ? [id] : [])));
    if (after === before) done.set(portfolioId, { portfolio: before, known, isSaved: false });
    else changed.push({ portfolio: after, known });
  }
  const outcomes = await savePortfolios(
    repository,
    changed.map(({ portfolio }) => portfolio),
  );
  outcomes.forEach((each, at) => {
    const { known } = changed[at]!;
    if (each.outcome === 'saved')
      done.set(each.portfolio.id, { portfolio: each.portfolio, known, isSaved: true });
  });
  return done;
}

// `null`: refused, perhaps because what was kept is old.
function applied(
  portfolio: Portfolio,
  entries: readonly LedgerEntryInput[],
  actions: KnownActions,
): Portfolio | null {
  try {
    return actions.withLaterActions(portfolio, portfolio.apply(entries));
  } catch {
    return null;
  }
}
