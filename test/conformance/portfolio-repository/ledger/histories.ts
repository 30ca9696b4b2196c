import { playHistory } from '../../../../src/conformance/portfolio-repository/ledger/ledger-history.js';
import type { PortfolioRepository } from '../../../../src/core/portfolio/portfolio-repository.js';
import { seededRandom } from '../../../../src/core/random.js';
import { seed, sized } from '../../../sizes.js';

const STEPS = 200;
/** Steps of all histories together. */
export const ALL_STEPS = sized({ quick: 600, gate: 1500, full: 100_000 });

/** Plays many random histories in one store, whose portfolios start with another name each. @param open As a process does after its start. */
export async function playHistories(open: () => PortfolioRepository, allSteps = ALL_STEPS): Promise<void> {
  for (let history = 0; history * STEPS < allSteps; history++) {
    const random = seededRandom(seed + history);
    try {
      await playHistory({ open, random, steps: STEPS, name: `h${history}` });
    } catch (error) {
      throw new Error(`History ${history} of seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}
