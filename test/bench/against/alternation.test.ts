import { describe, expect, it } from 'vitest';
import { alternate, type Side } from '../../../bench/against/alternation.js';
import type { ProcessorTimeReport } from '../../../bench/processor-time.js';

const report = (cpuMicros: number, rest: Partial<ProcessorTimeReport> = {}): ProcessorTimeReport => ({
  case: 'pipeline',
  quick: false,
  measured: 'ten ticks',
  parts: [{ name: 'ticks to values', operation: 'tick', rounds: [{ operations: 10, cpuMicros }] }],
  ...rest,
});
const silent = () => undefined;

describe('alternate', () => {
  it('begins with the other side in each pair and says which pair runs', async () => {
    const order: Side[] = [];
    const said: string[] = [];
    const measure = (side: Side) => {
      order.push(side);
      return Promise.resolve(report(1));
    };
    await alternate(3, measure, (text) => void said.push(text));
    expect(order).toEqual(['older', 'newer', 'newer', 'older', 'older', 'newer']);
    expect(said).toEqual(['pair 1 of 3', 'pair 2 of 3', 'pair 3 of 3']);
  });

  it('divides the time of all rounds by the operations of all rounds, by side', async () => {
    const rounds = [
      { operations: 10, cpuMicros: 100 },
      { operations: 30, cpuMicros: 20 },
    ];
    const newer = report(0, { parts: [{ name: 'ticks to values', operation: 'tick', rounds }] });
    const outcome = await alternate(
      2,
      (side) => Promise.resolve(side === 'older' ? report(50) : newer),
      silent,
    );
    const pair = { older: 5, newer: 3 };
    expect(outcome).toEqual({
      measured: 'ten ticks',
      parts: [{ name: 'ticks to values', operation: 'tick', pairs: [pair, pair] }],
    });
  });

  it('finds nothing where a side is void, and says which and why', async () => {
    const measure = (side: Side) =>
      Promise.resolve(side === 'newer' ? report(1, { parts: [], void: 'no Redis: start one' }) : report(1));
    expect(await alternate(3, measure, silent)).toEqual({
      failure: 'void in the newer checkout: no Redis: start one',
    });
  });

  it.each<[string, Partial<ProcessorTimeReport>]>([
    ['another workload', { measured: 'twenty ticks' }],
    ['another kind of operation', { parts: [{ name: 'ticks to values', operation: 'batch', rounds: [] }] }],
    ['another part', { parts: [{ name: 'ticks to prices', operation: 'tick', rounds: [] }] }],
    ['no parts', { parts: [] }],
  ])('finds nothing where the sides measured %s', async (_, other) => {
    const measure = (side: Side) => Promise.resolve(side === 'older' ? report(1, other) : report(1));
    const outcome = await alternate(1, measure, silent);
    expect(outcome).toHaveProperty('failure', expect.stringContaining('do not measure the same work'));
  });

  it('ends with the error of a child', async () => {
    const measure = () => Promise.reject(new Error('ended with code 1'));
    await expect(alternate(2, measure, silent)).rejects.toThrow('ended with code 1');
  });
});
