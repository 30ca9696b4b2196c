import { describe, it } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { priceStreamAdapterConformance } from '../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import { systemClock } from '../../src/core/clock.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';
import { ScriptedStream, scriptedHarness } from './scripted-stream.js';

// Implementations across a network have no clock to advance. Real time is slow and a busy machine skews it, so this
// is for the long run.

describe('the kits in real time', () => {
  const runner = { describe, it };
  eventBusConformance(runner, {
    createHarness: () => ({ bus: new InMemoryEventBus({ maxBacklog: 100 }) }),
    supports: { conflation: true, maxBacklog: 100 },
  });
  lockConformance(runner, { createHarness: () => ({ lock: new InMemoryLock() }), leaseMs: 500 });
  priceStreamAdapterConformance(runner, {
    createHarness: () => scriptedHarness(ScriptedStream, systemClock),
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  });
});
