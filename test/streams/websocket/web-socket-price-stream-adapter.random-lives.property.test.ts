import { test } from 'vitest';
import { seed, sized } from '../../sizes.js';
import { randomLife } from './random-life.js';

const LIVES = sized({ quick: 60, gate: 500, full: 10_000 });

test('a stream has one connection unless it replaces it, subscribes what is wanted once, and does nothing after disconnect()', async () => {
  for (let life = 0; life < LIVES; life++) await randomLife(seed + life);
});
