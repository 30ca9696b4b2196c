import { describe } from 'vitest';
import { runner } from '../conformance/without-skips.js';
import { FakeClock, priceStreamAdapterConformance } from '../../src/conformance/index.js';
import { MockPriceStreamAdapter } from '../../src/mock/mock-price-stream-adapter.js';

describe('MockPriceStreamAdapter', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      const adapter = new MockPriceStreamAdapter({
        clock,
        intervalMs: 0,
        maxSymbols: 3,
        faults: [1, 2, 3].map((atTick) => ({ kind: 'disconnect', atTick, durationMs: 20 })),
      });
      return {
        adapter,
        venue: {
          send: (update) => {
            if (adapter.getStatus().state !== 'disconnected') adapter.emit(update);
          },
          // The updates of the round that breaks the link are lost, so only the prices of the kit arrive.
          breakLink: () => adapter.tick(),
          restoreLink: () => undefined,
        },
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending,
      };
    },
    supports: { breakLink: true, maxSymbols: 3 },
  });
});
