import type { PortfolioRepository, ValuationRecord } from '../core/portfolio/portfolio-repository.js';
import { saveValuations } from '../core/portfolio/repository-calls.js';
import { isSameRecord } from './valuation-difference.js';

/** Basis of a repaired value that replaces one with a `priceOrder` which no engine can have computed. */
const REPAIRED = 'repaired';

/**
 * Replaces a wrong value by the expected one. Saves as an engine would, so that nothing newer is replaced. A stored value with a higher
 * order than its prices can have is replaced by one of another basis, which the next value of an engine replaces.
 * @returns Whether the value was replaced.
 */
export async function repairValuation(
  repository: PortfolioRepository,
  expected: ValuationRecord,
  stored: ValuationRecord | undefined,
): Promise<boolean> {
  const valuedAt = Math.max(expected.valuedAt, stored?.valuedAt ?? 0);
  const [outcome] = await saveValuations(repository, [{ ...expected, valuedAt }]);
  if (outcome !== 'outdated') return outcome === 'saved';
  const [now] = await repository.loadValuations([expected.portfolioId]);
  if (!isSameRecord(now, stored)) return false;
  return (await saveValuations(repository, [{ ...expected, valuedAt, basis: REPAIRED }]))[0] === 'saved';
}
