import { expect, test } from 'vitest';
import { Quarantine } from '../../../../src/core/engine/writer/quarantine.js';

const same = () => true;

test('a row is retried after 1 s, 2 s and so on up to a minute, or when its version changes', () => {
  const rows = new Quarantine();
  let now = 0;
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    expect(rows.add(7, 'p', 1, now)).toBe(wait === 1000);
    expect(rows.nextAt).toBe(now + wait);
    expect(rows.due(now + wait - 1, same, 10)).toEqual([]);
    now += wait;
    expect(rows.due(now, same, 10)).toEqual([7]);
  }
  rows.add(7, 'p', 1, now);
  expect(rows.due(now, (_, name, version) => name === 'p' && version === 2, 10)).toEqual([7]);
  expect(rows.add(7, 'p', 2, now)).toBe(true);
  expect(rows.nextAt).toBe(now + 1000);
  rows.delete(7);
  expect([rows.size, rows.has(7), rows.nextAt]).toEqual([0, false, Infinity]);
});

test('of many rows, a few at a time are due', () => {
  const rows = new Quarantine();
  for (let number = 0; number < 100; number++) rows.add(number, `p${number}`, 1, 0);
  expect(rows.due(1000, same, 10)).toHaveLength(10);
  expect([...rows.numbers()]).toHaveLength(100);
});
