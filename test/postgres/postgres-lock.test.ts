import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { runner } from '../conformance/without-skips.js';
import { lockDatabase } from './lock-databases.js';

const { harness } = lockDatabase('pglite');

lockConformance(runner, { leaseMs: 200, createHarness: harness, supports: { peer: true } });
