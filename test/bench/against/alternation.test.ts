import { describe, expect, it } from 'vitest';
import { alternate, type Side, type Worker } from '../../../bench/against/alternation.js';
import type { WorkOffer } from '../../../bench/processor-time.js';

const OFFER: WorkOffer = {
  case: 'pipeline',
  quick: true,
  measured: 'ten ticks',
  parts: [{ name: 'ticks to values', operation: 'tick' }],
};
const silent = () => undefined;

/** Workers that write down what they are told; rounds 1, 2 and 3 of each warm up. */
class Workers {
  readonly told: string[] = [];
  readonly closed: Side[] = [];
  readonly #offers: Partial<Record<Side, Partial<WorkOffer>>>;
  readonly #cpuMicros: (side: Side, round: number) => number;

  constructor(
    offers: Partial<Record<Side, Partial<WorkOffer>>> = {},
    cpuMicros: (side: Side, round: number) => number = () => 1,
  ) {
    this.#offers = offers;
    this.#cpuMicros = cpuMicros;
  }

  readonly start = (side: Side): Promise<Worker> => {
    let rounds = 0;
    return Promise.resolve({
      offer: { ...OFFER, ...this.#offers[side] },
      round: async (part: number) => {
        this.told.push(`${side} ${part}`);
        return { operations: 10, cpuMicros: this.#cpuMicros(side, ++rounds) };
      },
      collect: async () => void this.told.push(`${side} collects`),
      close: async () => void this.closed.push(side),
    });
  };
}

describe('alternate', () => {
  it('warms up, collects garbage and takes turns, the other side first in each pair', async () => {
    const workers = new Workers();
    const said: string[] = [];
    await alternate(2, workers.start, (text) => void said.push(text));
    const warmUp = (side: Side) => [`${side} 0`, `${side} 0`, `${side} collects`, `${side} 0`];
    const pair = (a: Side, b: Side) => [
      ...[...warmUp(a), ...warmUp(b)],
      ...[a, b, b, a, a, b].map((side) => `${side} 0`),
    ];
    expect(workers.told).toEqual([...pair('older', 'newer'), ...pair('newer', 'older')]);
    expect(workers.closed).toHaveLength(4);
    expect(said).toEqual(['pair 1 of 2', 'pair 2 of 2']);
  });

  it('divides the time of all rounds that count by their operations, by side and part', async () => {
    const parts = [...OFFER.parts, { name: 'values saved', operation: 'value' }];
    // Six rounds a part, of which the last three count: 4, 5, 6 and 10, 11, 12.
    const workers = new Workers({ older: { parts }, newer: { parts } }, (side, round) =>
      side === 'older' ? round * 10 : round === 6 ? 90 : 30,
    );
    const outcome = await alternate(2, workers.start, silent);
    expect(outcome).toEqual({
      measured: 'ten ticks',
      parts: [
        { ...parts[0], pairs: Array(2).fill({ older: 5, newer: 5 }) },
        { ...parts[1], pairs: Array(2).fill({ older: 11, newer: 3 }) },
      ],
    });
  });

  it('does twenty rounds each where it is not told to be quick', async () => {
    const workers = new Workers({ older: { quick: false }, newer: { quick: false } });
    await alternate(1, workers.start, silent);
    expect(workers.told.filter((told) => told === 'older 0')).toHaveLength(3 + 20);
    expect(workers.told.filter((told) => told === 'newer 0')).toHaveLength(3 + 20);
  });

  it('finds nothing where a side is void, and says which and why', async () => {
    const workers = new Workers({ newer: { parts: [], void: 'no Redis: start one' } });
    expect(await alternate(3, workers.start, silent)).toEqual({
      failure: 'void in the newer checkout: no Redis: start one',
    });
    expect(workers.told).toEqual([]);
    expect(workers.closed).toEqual(['older', 'newer']);
  });

  it.each<[string, Partial<WorkOffer>]>([
    ['another workload', { measured: 'twenty ticks' }],
    ['another size', { quick: false }],
    ['another kind of operation', { parts: [{ name: 'ticks to values', operation: 'batch' }] }],
    ['another part', { parts: [{ name: 'ticks to prices', operation: 'tick' }] }],
    ['no parts', { parts: [] }],
  ])('finds nothing where a side offers %s', async (_, older) => {
    const outcome = await alternate(1, new Workers({ older }).start, silent);
    expect(outcome).toHaveProperty('failure', expect.stringContaining('do not measure the same work'));
  });

  it('ends both processes when a round fails, and tells its error', async () => {
    const workers = new Workers({}, (side, round) => {
      if (side === 'newer' && round === 5) throw new Error('ended with code 1');
      return 1;
    });
    await expect(alternate(2, workers.start, silent)).rejects.toThrow('ended with code 1');
    expect(workers.closed).toEqual(['older', 'newer']);
  });

  it('ends the one process when the other cannot start', async () => {
    const workers = new Workers();
    const start = (side: Side) =>
      side === 'older' ? Promise.reject(new Error('no such module')) : workers.start(side);
    await expect(alternate(2, start, silent)).rejects.toThrow('no such module');
    expect(workers.closed).toEqual(['newer']);
  });

  it('fails when a process ends with an error after its last round', async () => {
    const workers = new Workers();
    const start = async (side: Side) => ({
      ...(await workers.start(side)),
      close: () => Promise.reject(new Error('could not remove its schema')),
    });
    await expect(alternate(1, start, silent)).rejects.toThrow('could not remove its schema');
  });
});
