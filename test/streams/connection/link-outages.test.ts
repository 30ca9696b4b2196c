import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';
import { LinkOutages } from '../../../src/streams/connection/link-outages.js';

function scripted(symbols = ['A', 'B']) {
  const clock = new FakeClock({ now: 1000 });
  const log: string[] = [];
  const link = {
    reconnecting: (attempt: number, nextTryAt: number) => log.push(`reconnecting ${attempt} at ${nextTryAt}`),
    restored: () => log.push('restored'),
    deliver: (message: Parameters<PriceStreamLink['deliver']>[0]) => {
      if (isGap(message))
        log.push(`${message.reason} ${message.from} to ${message.to} of ${message.symbols.join()}`);
    },
  } as unknown as PriceStreamLink;
  return { clock, log, outages: new LinkOutages({ clock, link, recovers: true, symbols: () => symbols }) };
}

describe('an outage', () => {
  test('sets the status, and ends with one gap from the last frame on', async () => {
    const { clock, log, outages } = scripted();
    await clock.advance(100);
    outages.seen();
    await clock.advance(50);
    outages.lost({ wasSilent: true });
    outages.retrying(1, 20);
    expect(outages.isDown).toBe(true);
    await clock.advance(20);
    outages.retrying(2, 30);
    await clock.advance(30);
    outages.restored();
    expect(outages.isDown).toBe(false);
    expect(log).toEqual([
      'reconnecting 1 at 1170',
      'reconnecting 2 at 1200',
      'restored',
      'silence 1100 to 1200 of A,B',
    ]);
  });

  test('lasts longer for symbols that are answered after its end', async () => {
    const { clock, log, outages } = scripted();
    outages.lost({ wasSilent: true });
    await clock.advance(10);
    const gap = outages.restored()!;
    await clock.advance(10);
    outages.answered([], gap);
    outages.answered(['B'], gap);
    expect(log).toEqual(['restored', 'silence 1000 to 1010 of A,B', 'silence 1010 to 1020 of B']);
  });

  test('begins with a retry if the connection failed before it carried the stream', () => {
    const { log, outages } = scripted();
    outages.retrying(1, 0);
    outages.restored();
    expect(log).toEqual(['reconnecting 1 at 1000', 'restored', 'disconnect 1000 to 1000 of A,B']);
  });

  test('ends without a gap when no symbol is left', () => {
    const { log, outages } = scripted();
    outages.dropped();
    outages.lost({ wasSilent: false });
    outages.retrying(1, 0);
    outages.dropped();
    expect([outages.isDown, log]).toEqual([false, ['reconnecting 1 at 1000', 'restored']]);
  });
});

test('frames that are missing while the link is up are a gap at once', () => {
  const { log, outages } = scripted();
  outages.missed(['B']);
  expect(log).toEqual(['sequence 1000 to 1000 of B']);
});
