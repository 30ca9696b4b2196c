import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh, empty store for one case. */
export interface PortfolioRepositoryHarness extends Harness {
  /** The repository under test. */
  readonly repository: PortfolioRepository;
  /** Another repository on the same store, as another process has it; needed for `supports.peer`. */
  readonly peer?: PortfolioRepository;
}

/** What a repository can do beyond what the port demands. */
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
