import { test } from 'vitest';
import { randomLife } from './random-life.js';

test('500 random lives: never two live sockets, the wanted table at rest, nothing after the end', async () => {
  for (let seed = 1; seed <= 500; seed++) await randomLife(seed);
});
