import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { FairQueue } from '../../../src/gateway/admission/fair-queue.js';
import { seed } from '../../sizes.js';

describe('a fair queue', () => {
  test('gives busy flows the same share by cost, whatever each of their items costs', () => {
    const random = seededRandom(seed);
    const queue = new FairQueue<{ flow: string; cost: number }>();
    const served = new Map<string, number>();
    const push = (flow: string, most: number) => {
      const cost = 1 + Math.floor(random() * most);
      queue.push(flow, cost, { flow, cost });
    };
    const flows: Array<[string, number]> = [
      ['small', 3],
      ['large', 100],
      ['medium', 20],
    ];
    for (const [flow, most] of flows) push(flow, most);
    for (let count = 0; count < 5000; count++) {
      const { flow, cost } = queue.pop()!;
      served.set(flow, (served.get(flow) ?? 0) + cost);
      push(...flows.find(([name]) => name === flow)!);
    }
    const shares = [...served.values()];
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(200);
  });

  test('keeps the order of each flow', () => {
    const random = seededRandom(seed);
    const queue = new FairQueue<[string, number]>();
    for (let count = 0; count < 500; count++) {
      const flow = `${Math.floor(random() * 7)}`;
      queue.push(flow, random() * 50, [flow, count]);
    }
    const last = new Map<string, number>();
    for (let next = queue.pop(); next; next = queue.pop()) {
      expect(next[1]).toBeGreaterThan(last.get(next[0]) ?? -1);
      last.set(...next);
    }
    expect(queue.size).toBe(0);
  });

  test('serves a new flow before the backlog of busy ones', () => {
    const queue = new FairQueue<string>();
    for (let count = 0; count < 100; count++) queue.push('storm', 10, 'storm');
    for (let count = 0; count < 10; count++) queue.pop();
    queue.push('honest', 10, 'honest');
    expect([queue.pop(), queue.pop()]).toContain('honest');
  });

  test('forgets flows that no longer matter, even if it never runs empty', () => {
    const queue = new FairQueue<number>();
    queue.push('first', 1, 0);
    for (let count = 1; count < 20_000; count++) {
      queue.push(`${count}`, 1, count);
      queue.pop();
    }
    expect(queue.flows).toBeLessThanOrEqual(2048);
    queue.pop();
    queue.forget();
    expect([queue.size, queue.flows]).toEqual([0, 0]);
  });
});
