// Readers who mean harm, in a process that takes only what processor time is left over: `PORT COUNT KIND SEED` on the command line.
import { setPriority } from 'node:os';
import { seededRandom } from '../../src/core/random.js';
import { answerOrders } from './child.js';
import { Attacker } from './attacker.js';
import { HOSTILE_KINDS, type HostileKind } from './hostile-kinds.js';

const [port, count, kind, seed] = process.argv.slice(2) as [string, string, string, string];
setPriority(19);
// Such as a reset in the middle of a write.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

const kinds = kind === 'all' ? Object.values(HOSTILE_KINDS) : [HOSTILE_KINDS[kind as HostileKind]];
let attackers: Attacker[] = [];
let rounds = 0;

answerOrders({
  start() {
    attackers = Array.from({ length: Number(count) }, (_, index) => {
      const random = seededRandom(Number(seed) + 1000 * index + rounds);
      return new Attacker(Number(port), index, random, kinds[(index + rounds) % kinds.length]!);
    });
    rounds++;
  },
  async stop() {
    const ended = attackers.map((each) => each.stop());
    await Promise.all(ended);
    return attackers.reduce((sum, { actions }) => sum + actions, 0);
  },
});
