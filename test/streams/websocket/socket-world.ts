import { FakeClock } from 'tickmark/conformance';
import { WebSocketPriceStreamAdapter, type WebSocketPriceStreamAdapterOptions } from 'tickmark/websocket';
import type { StreamStatus, TickmarkError } from 'tickmark';
import { seededRandom } from '../../../src/core/random.js';
import { until } from '../../waiting.js';

/**
 * A stream over real sockets with a fake clock: while the network is slow, no deadline passes. Nothing that
 * the stream waits for (a deadline, a ping, the next try) happens before the test moves the clock.
 */
export function socketWorld(options: WebSocketPriceStreamAdapterOptions) {
  const clock = new FakeClock();
  const statuses: StreamStatus[] = [];
  const errors: TickmarkError[] = [];
  const adapter = new WebSocketPriceStreamAdapter({
    clock,
    random: seededRandom(3),
    onError: (error) => errors.push(error),
    ...options,
  });
  adapter.onStatus((status) => statuses.push(status));

  /** Waits until the broken link is noticed. */
  const broken = (): Promise<number> =>
    until('the stream is reconnecting', () => adapter.getStatus().state === 'reconnecting');

  return {
    clock,
    adapter,
    statuses,
    errors,
    broken,
    /** Waits until the broken link is noticed, and moves the clock to the next try. */
    retry: async (): Promise<void> => {
      await broken();
      const status = adapter.getStatus();
      // Its time is in whole ms.
      if (status.state === 'reconnecting') await clock.advance(status.nextTryAt - clock.now() + 1);
    },
    /** Waits until the link has been up again so many times. */
    reconnected: (times = 1): Promise<number> =>
      until(`reconnect ${times}`, () => adapter.stats().reconnects === times),
    /** Ends it. @returns The number of timers that are left. */
    close: async (): Promise<number> => {
      await adapter.disconnect();
      return clock.pending;
    },
  };
}
