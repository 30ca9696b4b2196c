import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { HoldingsReloader } from '../../../src/core/engine/holdings-reloader.js';
import { seededRandom } from '../../../src/core/random.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';

test('a failed load is retried, with longer and longer waits, until the store answers', async () => {
  const clock = new FakeClock();
  const repository = new InMemoryPortfolioRepository();
  let calls = 0;
  let isDown = true;
  repository.loadMany = async () => {
    calls++;
    if (isDown) throw new Error('down');
    return [];
  };
  const missing: string[] = [];
  const reloader = new HoldingsReloader({
    repository,
    clock,
    random: seededRandom(1),
    onLoaded: async (_, ids) => void missing.push(...ids),
    onError: () => undefined,
  });
  reloader.reload(['p']);
  await clock.advance(60_000);
  expect(calls).toBeGreaterThan(20);
  expect(calls).toBeLessThan(150);
  isDown = false;
  await clock.advance(2000);
  expect(missing).toEqual(['p']);
  expect(clock.pending).toBe(0);
});
