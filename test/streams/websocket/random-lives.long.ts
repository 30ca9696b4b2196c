import { test } from 'vitest';
import { randomLife } from './random-life.js';

test('10,000 random lives', async () => {
  for (let seed = 1001; seed <= 11_000; seed++) await randomLife(seed);
});
