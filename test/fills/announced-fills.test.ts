import { describe, expect, test } from 'vitest';
import { AnnouncedFills } from '../../src/fills/announced-fills.js';
import { activityOf } from './alpaca-server.js';

const came = (order: string, total: string | undefined) => activityOf(1, { order_id: order, cum_qty: total });

describe('announced fills', () => {
  test('are waited for until as many units of the order have come', () => {
    const announced = new AnnouncedFills();
    announced.add({ id: 'a', filled_qty: '10' });
    announced.came(came('b', '10'));
    announced.came(came('a', '9.5'));
    expect(announced.size).toBe(1);
    announced.came(came('a', '10.0'));
    expect(announced.size).toBe(0);
  });

  test('of an order for several symbols are those of its legs', () => {
    const announced = new AnnouncedFills();
    const legs = [
      { id: 'b', filled_qty: '1' },
      { id: 'c', filled_qty: '1' },
    ];
    announced.add({ id: 'a', filled_qty: '1', legs });
    expect(announced.size).toBe(2);
    announced.came(came('b', '1'));
    announced.came(came('c', undefined));
    expect(announced.size).toBe(0);
  });

  test('without an order or units are not waited for, and all can be given up', () => {
    const announced = new AnnouncedFills();
    for (const order of [{}, { id: 'a' }, { id: 'a', filled_qty: '0' }, { filled_qty: '1' }])
      announced.add(order);
    expect(announced.size).toBe(0);
    announced.add({ id: 'a', filled_qty: 2, legs: [] });
    expect(announced.size).toBe(1);
    announced.clear();
    expect(announced.size).toBe(0);
  });
});
