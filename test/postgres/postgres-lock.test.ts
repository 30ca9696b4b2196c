import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { lockDatabase } from './lock-databases.js';

const { harness } = lockDatabase('pglite');

// A database in this process: what keeps the process busy takes the lease's time.
lockConformance(runner, { leaseMs: 500, createHarness: harness, timing: PATIENT, supports: { peer: true } });
