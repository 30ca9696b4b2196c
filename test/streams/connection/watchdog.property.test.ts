import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { seed, sized } from '../../sizes.js';
import { BlockedLoop, watched } from './watched-link.js';

const LINKS = sized({ quick: 300, gate: 5000, full: 100_000 });

test('finds a dead link within 2.5 s, at whatever moment it dies', async () => {
  const random = seededRandom(seed);
  for (let i = 0; i < LINKS; i++) {
    const { clock, watchdog, seen } = watched();
    seen.answer = () => watchdog.pong();
    watchdog.start();
    await clock.advance(3000 + random() * 2000);
    // A frame just before, so that the silence is as short as possible.
    if (random() < 0.5) watchdog.activity();
    const died = clock.monotonic();
    seen.answer = () => undefined;
    await clock.advance(5000);
    expect(seen.dead).toHaveLength(1);
    expect(seen.dead[0]! - died).toBeLessThanOrEqual(2500);
    expect(seen.dead[0]! - died).toBeGreaterThan(900);
    expect(clock.pending).toBe(0);
  }
});

test('does not count a link as dead because the event loop was blocked: pending frames are read first', async () => {
  const random = seededRandom(seed);
  for (let run = 0; run < LINKS; run++) {
    const clock = new BlockedLoop();
    const { watchdog, seen } = watched({}, clock);
    seen.answer = () => void clock.inbox.push(() => watchdog.pong());
    watchdog.start();
    // Even normal answers are up to 900 ms late.
    for (let i = 0; i < 5; i++) {
      await clock.advance(200 + random() * 700);
      clock.read();
    }
    for (let blocks = 0; blocks < 3; blocks++) {
      clock.block(2000 + random() * 8000);
      // The timer that is due runs first; frames that arrived are read after it.
      await clock.advance(250);
    }
    clock.read();
    await clock.advance(500);
    expect(seen.dead).toEqual([]);
    watchdog.stop();
  }
});
