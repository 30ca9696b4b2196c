import { describe, expect, test } from 'vitest';
import { EventIds } from '../../../src/core/messaging/event-ids.js';
import { seededRandom } from '../../../src/core/random.js';

describe('ids of events', () => {
  test('begin with the name of their publisher and never repeat', () => {
    const ids = new EventIds('feed', seededRandom(1));
    const given = Array.from({ length: 2000 }, () => ids.next());
    expect(given.every((id) => /^feed-[0-9a-z]+-[0-9a-z]+$/.test(id))).toBe(true);
    expect(new Set(given).size).toBe(2000);
  });

  test('differ from those of an earlier run of the publisher', () => {
    const random = seededRandom(1);
    const before = new EventIds('feed', random);
    const after = new EventIds('feed', random);
    expect(before.next()).not.toBe(after.next());
  });
});
