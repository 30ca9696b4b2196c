import { describe, it } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';

eventBusConformance(
  { describe, it },
  {
    createHarness: () => {
      const clock = new FakeClock();
      return { bus: new InMemoryEventBus({ clock, maxBacklog: 200 }), advance: (ms) => clock.advance(ms) };
    },
    supports: { conflation: true, maxBacklog: 200 },
  },
);
