import { seededRandom } from '../../../core/random.js';
import { skipWithout, type RepositoryKit } from '../repository-kit.js';
import { playHistory } from './ledger-history.js';

const STEPS = 150;

export function ledgerHistoryRules(kit: RepositoryKit): void {
  kit.rule(
    'fills, late ones, repeats, cancellations, corrections and splits in any order end as the ledger replayed once',
    async ({ repository, peer = repository }) => {
      let starts = 0;
      const open = () => (starts++ % 2 === 0 ? repository : peer);
      await playHistory({ open, random: seededRandom(20), steps: STEPS });
    },
    skipWithout('corporateActions'),
  );
}
