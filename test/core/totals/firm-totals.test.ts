import { beforeEach, describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { FirmTotals, type FirmTotalsOptions } from '../../../src/core/totals/firm-totals.js';
import type { ShardTotals, ShardTotalsEvent } from '../../../src/core/totals/shard-totals-event.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';

let clock: FakeClock;
let bus: InMemoryEventBus;
let errors: TickmarkError[];
let sequence = 0;

beforeEach(() => {
  clock = new FakeClock({ now: 1_700_000_000_000 });
  bus = new InMemoryEventBus({ clock });
  errors = [];
});

const firmOf = (options: Partial<FirmTotalsOptions> = {}): FirmTotals =>
  new FirmTotals({ bus, clock, shardCount: 2, onError: (error) => void errors.push(error), ...options });

const shardOf = (shard: number, marketValue: string, more: Partial<ShardTotals> = {}): ShardTotals => ({
  shard,
  since: 1,
  portfolios: 1,
  unpriced: 0,
  currencies: { USD: { marketValue, longExposure: marketValue } },
  ...more,
});

async function send(publisher: string, shards: unknown, more: Partial<ShardTotalsEvent> = {}): Promise<void> {
  await bus.publish({
    type: 'tickmark.shards.totals',
    id: `${publisher}-${sequence}`,
    occurredAt: clock.now(),
    format: 1,
    publisher,
    sequence: sequence++,
    shardCount: 2,
    shards,
    released: [],
    ...more,
  } as ShardTotalsEvent);
  await clock.settle();
}

const worth = (firm: FirmTotals): string | undefined => firm.total().currencies[0]?.marketValue.toString();

describe('FirmTotals', () => {
  test('says what it lacks: shards that were not heard, are silent, or have positions without a price', async () => {
    const firm = firmOf();
    expect(firm.total()).toMatchObject({ missing: [0, 1], silent: [], complete: false, portfolios: 0 });
    await send('a', [shardOf(0, '1.005')]);
    expect(firm.total()).toMatchObject({ missing: [1], complete: false, portfolios: 1 });
    await clock.advance(4000);
    await send('b', [shardOf(1, '2.01')]);
    expect(firm.total()).toMatchObject({ missing: [], silent: [], complete: true, portfolios: 2 });
    // Added before they are rounded: 1.00 + 2.01 would be one cent less.
    expect(worth(firm)).toBe('3.02');
    await clock.advance(1001);
    expect(firm.total()).toMatchObject({ silent: [0], complete: false });
    expect(worth(firm)).toBe('3.02');
    await send('a', [shardOf(0, '1', { unpriced: 1 })]);
    expect(firm.total()).toMatchObject({ silent: [], unpriced: 1, complete: false });
  });

  test('takes the number of shards from the first event unless it is given', async () => {
    const firm = firmOf({ shardCount: undefined });
    expect(firm.total()).toMatchObject({ missing: null, complete: false });
    await send('a', [shardOf(0, '1')]);
    expect(firm.total().missing).toEqual([1]);
  });

  test('of two processes, counts the one that took the shard over later, until it gives it up or is silent', async () => {
    const firm = firmOf();
    await send('old', [shardOf(0, '1', { since: 1 })]);
    await send('new', [shardOf(0, '2', { since: 2 })]);
    await send('old', [shardOf(0, '3', { since: 1 })]);
    await send('other', [shardOf(0, '3', { since: 2 })]);
    expect(worth(firm)).toBe('2.00');
    await send('new', [], { released: [0, 1] });
    expect(worth(firm)).toBe('2.00');
    await send('old', [shardOf(0, '4', { since: 1 })]);
    expect(worth(firm)).toBe('4.00');
    await send('new', [shardOf(0, '5', { since: 2 })]);
    await clock.advance(5001);
    await send('old', [shardOf(0, '6', { since: 1 })]);
    expect(worth(firm)).toBe('6.00');
    // Not its own shard: it cannot release it.
    await send('new', [], { released: [0] });
    await send('other', [shardOf(0, '7', { since: 0 })]);
    expect(worth(firm)).toBe('6.00');
  });

  test('leaves out an event that comes again or late', async () => {
    const firm = firmOf();
    await send('a', [shardOf(0, '2')], { sequence: 7 });
    await send('a', [shardOf(0, '1')], { sequence: 6 });
    await send('a', [shardOf(0, '3')], { sequence: 7 });
    expect(worth(firm)).toBe('2.00');
  });

  test('converts exact sums once, and names currencies without a rate', async () => {
    const firm = firmOf();
    await send('a', [shardOf(0, '1.004', { currencies: { EUR: { cash: '1.004' }, JPY: { cash: '5' } } })]);
    await send('b', [shardOf(1, '1.004', { currencies: { EUR: { cash: '1.004' }, USD: { cash: '0.01' } } })]);
    const rate = { numerator: 1n, denominator: 2n, path: [], newest: 0, oldest: 0, oldestReceivedAt: 0 };
    const total = firm.totalIn('USD', { rate: (from, to) => (from === 'EUR' && to === 'USD' ? rate : null) });
    expect(total).toMatchObject({ currency: 'USD', unconverted: ['JPY'] });
    expect(total.cash.toString()).toBe('1.01');
    expect(() => firm.totalIn('usd', { rate: () => null })).toThrow('convertedTotal: currency');
  });

  test('derives equity, gross and net exposure; long and short are rounded together', async () => {
    const firm = firmOf();
    const USD = {
      marketValue: '0.01',
      accruedInterest: '0.02',
      cash: '-0.5',
      longExposure: '1.005',
      shortExposure: '-0.995',
    };
    await send('a', [shardOf(0, '', { currencies: { USD } })]);
    const [total] = firm.total().currencies;
    expect(JSON.parse(JSON.stringify(total))).toEqual({
      currency: 'USD',
      marketValue: '0.01',
      accruedInterest: '0.02',
      cash: '-0.50',
      equity: '-0.47',
      longExposure: '1.01',
      shortExposure: '-1.00',
      grossExposure: '2.01',
      netExposure: '0.01',
    });
  });

  test('reads amounts whose digits do not end, of inverse contracts', async () => {
    const firm = firmOf();
    await send('a', [shardOf(0, '1/3')]);
    await send('b', [shardOf(1, '-4/3')]);
    expect(worth(firm)).toBe('-1.00');
  });

  test.each([
    [
      'a newer format',
      [shardOf(0, '9')],
      { format: 2 },
      'format 2 is newer than this version of tickmark reads (1)',
    ],
    ['another number of shards', [shardOf(0, '9')], { shardCount: 3 }, 'into 3 shards, and others into 2'],
    ['an amount that is none', [shardOf(0, '1e5')], {}, 'shard 0: USD.marketValue: expected digits'],
    ['a ratio without an end', [shardOf(0, '1/0')], {}, 'shard 0: USD.marketValue: expected digits'],
    ['an amount of too many digits', [shardOf(0, '1'.repeat(30_000))], {}, 'expected digits'],
    ['no list', 'x', {}, 'tickmark.shards.totals.shards: expected a list'],
    [
      'a shard that is no number',
      [shardOf('0' as never, '1')],
      {},
      'shards[0].shard: expected a whole number',
    ],
    ['no currencies', [shardOf(0, '1', { currencies: null as never })], {}, 'currencies: expected an object'],
  ])(
    'reports %s once for each process, and takes nothing of the event',
    async (_what, shards, more, message) => {
      const firm = firmOf();
      await send('a', [shardOf(0, '1')]);
      await send('b', shards, more);
      await send('b', shards, more);
      expect(errors.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
      expect(worth(firm)).toBe('1.00');
      await send('c', shards, more);
      expect(errors).toHaveLength(2);
    },
  );

  test('calls onChange after each event until it is closed, whatever that throws', async () => {
    let calls = 0;
    const firm = firmOf({
      onChange: () => {
        calls++;
        throw new Error('of the application');
      },
    });
    await send('a', [shardOf(0, '1')]);
    await send('a', [shardOf(0, '2')]);
    firm.close();
    await send('a', [shardOf(0, '3')]);
    expect(calls).toBe(2);
    expect(worth(firm)).toBe('2.00');
  });
});
