import { describe, expect, test } from 'vitest';
import { AttachedStreams } from '../../../src/core/ingest/attached-streams.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';

/** A stream whose messages the test sends. */
function stream() {
  const listeners = new Set<(message: PriceStreamMessage) => void>();
  return {
    listeners,
    onMessage(listener: (message: PriceStreamMessage) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    send(symbol: string) {
      for (const each of listeners) each({ symbol, price: 1, timestamp: 1 });
    },
  };
}

describe('attached streams', () => {
  test('deliver their messages until each is detached', () => {
    const seen: unknown[] = [];
    const streams = new AttachedStreams((message) => seen.push('symbol' in message && message.symbol));
    const [one, other] = [stream(), stream()];
    const detach = streams.attach(one);
    streams.attach(other);
    one.send('A');
    other.send('B');
    detach();
    one.send('C');
    other.send('D');
    expect(seen).toEqual(['A', 'B', 'D']);
  });

  test('keep no listener once all are detached', () => {
    const streams = new AttachedStreams(() => undefined);
    const all = [stream(), stream(), stream()];
    for (const each of all) streams.attach(each);
    streams.detachAll();
    expect(all.map(({ listeners }) => listeners.size)).toEqual([0, 0, 0]);
  });
});
