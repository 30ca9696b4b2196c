import { test } from 'vitest';
import { seed, sized } from '../../../sizes.js';
import { randomSpread } from './random-spread.js';

const LIVES = sized({ quick: 4, gate: 20, full: 1000 });

test('each price of a subscribed symbol arrives once, unless a gap of its connection covers it, and no connection is above its limits', async () => {
  for (let life = 0; life < LIVES; life++) await randomSpread(seed + life);
});
