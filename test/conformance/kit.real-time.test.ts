import { describe, it } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { priceStreamAdapterConformance } from '../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import { systemClock } from '../../src/core/clock.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';
import { ScriptedStream, scriptedHarness } from './scripted-stream.js';
import { withoutSkips } from './without-skips.js';

// Implementations across a network have no clock to advance, so the kits must also work in real time, on any machine.
describe('the kits in real time', () => {
  const runner = withoutSkips(it.concurrent);
  eventBusConformance(runner, {
    createHarness: () => ({ bus: new InMemoryEventBus({ maxBacklog: 100 }) }),
    supports: { conflation: true, maxBacklog: 100 },
  });
  lockConformance(runner, { createHarness: () => ({ lock: new InMemoryLock() }) });
  priceStreamAdapterConformance(runner, {
    createHarness: () => scriptedHarness(ScriptedStream, systemClock),
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  });
});
