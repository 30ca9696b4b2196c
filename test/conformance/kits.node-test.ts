import { describe, it } from 'node:test';
import { dayStoreConformance } from '../../src/conformance/day-store/day-store-conformance.js';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { instrumentStoreConformance } from '../../src/conformance/instrument-store/instrument-store-conformance.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { previousClosesConformance } from '../../src/conformance/previous-closes/previous-closes-conformance.js';
import { priceStreamAdapterConformance } from '../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import { InMemoryDayStore } from '../../src/memory/in-memory-day-store.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryInstrumentStore } from '../../src/memory/in-memory-instrument-store.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { PlainPreviousCloses } from './plain-previous-closes.js';
import { ScriptedStream, scriptedHarness } from './scripted-stream.js';

// Run by test/conformance/kit.node-test.test.ts, in a process of its own.
const runner = { describe, it };
// Without a broken implementation, this test would prove nothing.
const isBroken = process.env.TICKMARK_BREAK_LOCK === '1';

lockConformance(runner, {
  createHarness: () => {
    const clock = new FakeClock();
    const lock = new InMemoryLock({ clock });
    if (isBroken) lock.acquire = () => Promise.reject(new Error('broken'));
    return { lock, advance: (ms) => clock.advance(ms), pending: () => clock.pending };
  },
});

if (!isBroken) {
  eventBusConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      return { bus: new InMemoryEventBus({ clock }), advance: (ms) => clock.advance(ms) };
    },
  });

  dayStoreConformance(runner, { createHarness: () => ({ store: new InMemoryDayStore() }) });

  instrumentStoreConformance(runner, { createHarness: () => ({ store: new InMemoryInstrumentStore() }) });

  portfolioRepositoryConformance(runner, {
    createHarness: () => ({ repository: new InMemoryPortfolioRepository() }),
  });

  previousClosesConformance(runner, {
    createHarness: () => {
      const closes = new PlainPreviousCloses();
      return { closes, put: (given) => closes.put(given) };
    },
  });

  priceStreamAdapterConformance(runner, {
    createHarness: () => scriptedHarness(ScriptedStream),
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  });
}
