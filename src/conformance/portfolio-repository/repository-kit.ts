import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh, empty store for one case. */
export interface PortfolioRepositoryHarness extends Harness {
  /** The repository under test. */
  readonly repository: PortfolioRepository;
  /** A second repository on the same store, as a second process would have. Required with `supports.peer`. */
  readonly peer?: PortfolioRepository;
}

/** Optional abilities of a repository. */
export interface PortfolioRepositorySupport {
  /** Whether `createHarness` returns a `peer`, so that the kit also tests two processes. */
  readonly peer: boolean;
}

/** Options of `portfolioRepositoryConformance`. */
export interface PortfolioRepositoryConformanceOptions extends KitOptions<
  PortfolioRepositoryHarness,
  PortfolioRepositorySupport
> {}

export type RepositoryKit = Kit<PortfolioRepositoryHarness, PortfolioRepositorySupport>;
