import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BufferTotal } from '../../../src/gateway/wire/buffer-total.js';
import { sized } from '../../sizes.js';

const MOST = 1000;

type Action =
  | { readonly do: 'come' }
  | { readonly do: 'write' | 'leave' | 'look'; readonly who: number }
  | { readonly do: 'drain'; readonly who: number; readonly bytes: number };

const who = fc.nat(200);
const actions = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('come' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'write' as const,
          'write' as const,
          'write' as const,
          'leave' as const,
          'look' as const,
        ),
        who,
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('drain' as const), who, bytes: fc.nat(MOST) }) },
  ),
  { maxLength: 200 },
) as fc.Arbitrary<Action[]>;

describe('buffered bytes of all connections', () => {
  test('add up and never exceed the limit, whichever connections open, fill their buffers, read and close', () => {
    fc.assert(
      fc.property(actions, (steps) => {
        const total = new BufferTotal(MOST);
        const all: Array<{ buffered: number }> = [];
        // At their last update.
        const known = new Map<{ buffered: number }, number>();
        for (const step of steps) {
          if (step.do === 'come') {
            const each = { buffered: 0 };
            all.push(each);
            total.add(each);
            known.set(each, 0);
          } else if (all.length > 0) {
            const each = all[step.who % all.length]!;
            if (step.do === 'drain') each.buffered = Math.max(0, each.buffered - step.bytes);
            else if (step.do === 'leave') {
              total.remove(each);
              known.delete(each);
              all.splice(all.indexOf(each), 1);
            } else {
              if (step.do === 'write') {
                total.update(each);
                each.buffered += Math.floor(total.roomFor(each));
              }
              total.update(each);
              known.set(each, each.buffered);
            }
          }
          const sum = [...known.values()].reduce((before, bytes) => before + bytes, 0);
          expect(total.bytes).toBe(sum);
          expect(total.bytes).toBeLessThanOrEqual(MOST);
        }
        for (const each of all) total.remove(each);
        expect(total.bytes).toBe(0);
      }),
      { numRuns: sized({ quick: 500, gate: 10_000, full: 100_000 }) },
    );
  });

  test('leave every connection its share while the others do not exceed theirs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 100 }), (count, writers) => {
        const total = new BufferTotal(MOST);
        const all = Array.from({ length: count }, () => ({ buffered: 0 }));
        for (const each of all) total.add(each);
        for (const each of all.slice(0, writers)) {
          each.buffered += total.roomFor(each);
          total.update(each);
        }
        for (const each of all) {
          if (each.buffered > 0) continue;
          expect(total.roomFor(each)).toBeGreaterThanOrEqual(MOST / 2 / count - 1e-9);
        }
      }),
    );
  });

  test('do not change with connections that were removed or never added', () => {
    const total = new BufferTotal(MOST);
    const stranger = { buffered: 7 };
    total.update(stranger);
    total.remove(stranger);
    expect(total.bytes).toBe(0);
  });
});

describe('a connection crowds others', () => {
  test('with more than its share, once little is left', () => {
    const total = new BufferTotal(MOST);
    const [large, small] = [{ buffered: 500 }, { buffered: 200 }];
    for (const each of [large, small]) {
      total.add(each);
      total.update(each);
    }
    // Shares are 250.
    expect([total.isCrowding(large), total.isCrowding(small)]).toEqual([false, false]);
    small.buffered = 251;
    total.update(small);
    expect([total.isCrowding(large), total.isCrowding(small)]).toEqual([true, true]);
    small.buffered = 250;
    total.update(small);
    expect(total.isCrowding(small)).toBe(false);
  });
});
