import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { Harness, Kit, KitOptions, SkipReason } from '../kit.js';

/** A fresh, empty store for one case. */
export interface PortfolioRepositoryHarness extends Harness {
  /** The repository under test. */
  readonly repository: PortfolioRepository;
  /** Another repository on the same store, as in another process; needed for `supports.peer`. */
  readonly peer?: PortfolioRepository;
}

/** Optional abilities of a repository. Optional methods are found by the kit itself. */
export interface PortfolioRepositorySupport {
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
}

/** Options of `portfolioRepositoryConformance`. */
export interface PortfolioRepositoryConformanceOptions extends KitOptions<
  PortfolioRepositoryHarness,
  PortfolioRepositorySupport
> {}

export type RepositoryKit = Kit<PortfolioRepositoryHarness, PortfolioRepositorySupport>;

/** Skips a case for a repository that leaves out an optional method. */
export function skipWithout(
  method: 'loadMany' | 'saveMany' | 'findHolders' | 'changesSince' | 'ledger' | 'corporateActions',
): SkipReason<PortfolioRepositoryHarness> {
  return ({ repository }) =>
    repository[method] ? undefined : `the repository does not have the optional method ${method}()`;
}
