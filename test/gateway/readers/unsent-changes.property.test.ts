import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WholeTopic } from '../../../src/gateway/feeds/followed-topic.js';
import { GatewayCounts } from '../../../src/gateway/gateway-counts.js';
import { UnsentChanges } from '../../../src/gateway/readers/unsent-changes.js';
import { sized } from '../../sizes.js';

const TOPICS = 5;

/** Steps of a reader: frames that it gets or misses, and its own actions. */
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('frame'),
      changed: fc.uniqueArray(fc.nat(TOPICS - 1), { minLength: 1 }),
      isMissed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('subscribe'), topic: fc.nat(TOPICS - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe'), topic: fc.nat(TOPICS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), count: fc.nat(TOPICS) }) },
);

test('UnsentChanges agrees with a plain list of each missed topic and the offset that the reader has of it', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const all = Array.from({ length: TOPICS }, (_, index) => new WholeTopic('price', `price:${index}`));
      const changes = new Map(all.map((topic) => [topic, [] as number[]]));
      const counts = new GatewayCounts();
      const owed = new UnsentChanges(counts);
      const expected = new Map<WholeTopic, number>();
      const told = { produced: 0, conflated: 0, dropped: 0 };
      let topics: readonly WholeTopic[] = all.slice(0, 3);
      let offset = 0;
      const change = (topic: WholeTopic): void => {
        topic.set(`${offset}`, '', offset);
        changes.get(topic)!.push(offset);
      };
      offset++;
      all.forEach(change);

      for (const each of events) {
        if (each.kind === 'frame') {
          offset++;
          const { changed, isMissed } = each as { changed: number[]; isMissed: boolean };
          changed.forEach((index) => change(all[index]!));
          const ours = changed.map((index) => all[index]!).filter((topic) => topics.includes(topic));
          if (ours.length === 0 || (owed.size === 0 && !isMissed)) continue;
          owed.miss(ours, topics, offset);
          for (const topic of ours) {
            told.produced++;
            if (expected.has(topic)) told.conflated++;
            else expected.set(topic, topic.previous);
          }
        } else if (each.kind === 'read') {
          const some = [...owed.entries()]
            .slice(0, (each as { count: number }).count)
            .map(([topic]) => topic);
          owed.take(some);
          for (const topic of some) expected.delete(topic as WholeTopic);
        } else {
          const topic = all[(each as { topic: number }).topic]!;
          const isHeld = topics.includes(topic);
          if (each.kind === 'subscribe' && !isHeld) {
            owed.add(topic, -1);
            told.produced++;
            expected.set(topic, -1);
            topics = [...topics, topic];
          } else if (each.kind === 'unsubscribe' && isHeld) {
            expect(owed.drop(topic)).toBeLessThanOrEqual(topic.changedAt);
            if (expected.delete(topic)) told.dropped++;
            topics = topics.filter((other) => other !== topic);
          }
        }
        expect(owed.size).toBe(expected.size);
        const { produced, conflated, dropped } = counts;
        expect({ produced, conflated, dropped }).toEqual(told);
      }

      const entries = [...owed.entries()];
      expect(new Set(entries.map(([topic]) => topic))).toEqual(new Set(expected.keys()));
      for (const [topic, held] of entries) {
        // Equivalent to the offset of the list: the topic has not changed in between.
        const [low, high] = [expected.get(topic as WholeTopic)!, held].sort((a, b) => a - b) as [
          number,
          number,
        ];
        expect(changes.get(topic as WholeTopic)!.filter((at) => at > low && at <= high)).toEqual([]);
      }
      owed.clear();
      expect([owed.size, [...owed.entries()].length]).toEqual([0, 0]);
      expect(counts.dropped).toBe(told.dropped + expected.size);
    }),
    { numRuns: sized({ quick: 300, gate: 1500, full: 20_000 }) },
  );
});
