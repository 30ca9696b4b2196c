import {
  RepositoryError,
  TickmarkError,
  type ConcurrencyError,
  type EntityNotFoundError,
} from '../errors.js';
import type { Portfolio } from './portfolio.js';

/**
 * What became of one portfolio of `PortfolioRepository.saveMany`. `error` is what `save` would have thrown.
 * - `saved`: it is stored; `portfolio` is one version higher;
 * - `conflict`: another version is stored (`error.actualVersion`), or the id of a new portfolio is taken: load it and redo
 *   the change;
 * - `missing`: there is no such portfolio (`PORTFOLIO_NOT_FOUND`), or no longer (`PORTFOLIO_DELETED`);
 * - `failed`: the store failed, as a rule with `REPOSITORY_FAILED`: the portfolio may be stored all the same, load it to see. Or it is refused
 *   for an entry that is stored already (`ENTRY_CONFLICT`), or for a ledger that is not whole (`LEDGER_NOT_LOADED`).
 *
 * ```ts
 * import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const [result] = await repository.saveMany([Portfolio.create({ id: 'ada', currency: 'USD' })]);
 * if (result?.outcome === 'saved') console.log(result.portfolio.version); // 1
 * else console.log(result?.error.code);
 * ```
 */
export type SaveOutcome =
  | { readonly outcome: 'saved'; readonly portfolio: Portfolio }
  | { readonly outcome: 'conflict'; readonly error: ConcurrencyError }
  | { readonly outcome: 'missing'; readonly error: EntityNotFoundError }
  | { readonly outcome: 'failed'; readonly error: TickmarkError };

/** The outcome of a save that threw `error`. */
export function saveOutcome(error: unknown): SaveOutcome {
  // By code, not by class: a repository may come with its own copy of the package.
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'VERSION_CONFLICT') return { outcome: 'conflict', error: error as ConcurrencyError };
  if (code === 'PORTFOLIO_NOT_FOUND' || code === 'PORTFOLIO_DELETED')
    return { outcome: 'missing', error: error as EntityNotFoundError };
  if (error instanceof TickmarkError) return { outcome: 'failed', error };
  return { outcome: 'failed', error: new RepositoryError('save() failed.', { cause: error }) };
}
