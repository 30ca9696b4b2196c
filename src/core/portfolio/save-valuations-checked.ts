import { RepositoryError } from '../errors.js';
import type { PortfolioRepository, ValuationOutcome, ValuationRecord } from './portfolio-repository.js';

/**
 * Saves a set of valuations. A repository that breaks its contract is told so here, instead of failing later in a stranger
 * way.
 * @throws RepositoryError when there is not one outcome for each valuation; what the repository throws.
 */
export async function saveValuationsChecked(
  repository: PortfolioRepository,
  valuations: readonly ValuationRecord[],
): Promise<readonly ValuationOutcome[]> {
  if (valuations.length === 0) return [];
  const outcomes = await repository.saveValuations(valuations);
  if (outcomes.length === valuations.length) return outcomes;
  throw new RepositoryError(
    `saveValuations gave ${outcomes.length} outcomes for ${valuations.length} valuations.`,
  );
}
