import { expect, test } from 'vitest';
import { WholeTopic } from '../../../src/gateway/feeds/followed-topic.js';
import { GatewayCounts } from '../../../src/gateway/gateway-counts.js';
import { UnsentChanges } from '../../../src/gateway/readers/unsent-changes.js';

test.each([
  [7, 3, 3],
  [3, 7, 3],
  [3, -1, -1],
])('a topic that is unsent from offset %i and again from %i is unsent from %i', (first, second, held) => {
  const counts = new GatewayCounts();
  const owed = new UnsentChanges(counts);
  const topic = new WholeTopic('price', 'price:A');
  owed.add(topic, first);
  owed.add(topic, second);
  expect([...owed.entries()]).toEqual([[topic, held]]);
  expect([owed.size, counts.produced, counts.conflated]).toEqual([1, 2, 1]);
});
