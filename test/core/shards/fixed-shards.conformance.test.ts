import { it } from 'vitest';
import { FakeClock, shardAssignmentConformance } from '../../../src/conformance/index.js';
import { fixedShards } from '../../../src/core/shards/fixed-shards.js';
import { withoutSkips } from '../../conformance/without-skips.js';

shardAssignmentConformance(withoutSkips(it), {
  createHarness: () => {
    const clock = new FakeClock();
    let index = 0;
    return { member: () => fixedShards(index++, 4), advance: (ms) => clock.advance(ms) };
  },
});
