import { describe, it } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';

lockConformance(
  { describe, it },
  {
    createHarness: () => {
      const clock = new FakeClock();
      return { lock: new InMemoryLock({ clock }), advance: (ms) => clock.advance(ms) };
    },
  },
);
