import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MarkToMarket } from 'tickmark';
import { Decimal } from 'tickmark';
import { Histories } from '../../examples/demo/histories.js';

type Marking = Pick<MarkToMarket, 'value'>;
interface Totals {
  readonly complete: boolean;
  readonly marketValue: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
}

const T = 1_700_000_000_000;
const worth = (value: string): Totals => ({
  complete: true,
  marketValue: Decimal.from(value),
  unrealizedPnl: null,
});
const PART: Totals = { complete: false, marketValue: Decimal.from('10'), unrealizedPnl: Decimal.from('1') };

describe('the histories of the server', () => {
  let totals: Totals | undefined;
  let histories: Histories;
  const points = () => histories.toJSON().desk!.recent;

  beforeEach(() => {
    vi.useFakeTimers({ now: T });
    totals = undefined;
    const marking = { value: () => totals } as unknown as Marking;
    histories = new Histories(marking, ['desk']);
  });
  afterEach(() => {
    histories.close();
    vi.useRealTimers();
  });

  const second = (next: Totals | undefined): void => {
    totals = next;
    vi.advanceTimersByTime(1000);
  };

  test('take a sample of each second', () => {
    [undefined, worth('100'), worth('101.5')].forEach(second);
    expect(points()).toEqual([
      [T + 2000, 100, null],
      [T + 3000, 101.5, null],
    ]);
  });

  test('have a gap where a value is not complete, in place of its known part', () => {
    [worth('100'), PART, worth('102')].forEach(second);
    expect(points().map(([, value, profit]) => [value, profit])).toEqual([
      [100, null],
      [null, null],
      [102, null],
    ]);
  });

  test('go on at once when the clock is set back by an hour', () => {
    second(worth('100'));
    vi.setSystemTime(T - 3_600_000);
    second(worth('101'));
    expect(points().map(([, value]) => value)).toEqual([100, 101]);
    expect(points().at(-1)![0]).toBe(T - 3_600_000 + 1000);
  });

  test('take no sample after they were closed', () => {
    histories.close();
    second(worth('100'));
    expect(points()).toEqual([]);
  });
});
