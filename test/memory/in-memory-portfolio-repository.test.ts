import { describe, it } from 'vitest';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

portfolioRepositoryConformance(
  { describe, it },
  { createHarness: () => ({ repository: new InMemoryPortfolioRepository() }) },
);
