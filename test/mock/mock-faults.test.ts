import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { MockFault } from '../../src/mock/mock-faults.js';
import type { MockPriceStreamAdapterOptions } from '../../src/mock/mock-options.js';
import { MockPriceStreamAdapter } from '../../src/mock/mock-price-stream-adapter.js';
import { isGap } from '../../src/core/streams/price-stream-adapter.js';

/** Runs a script for a time; logs a price as `A1` (symbol and sequence), a gap as `gap disconnect A,B 100-300`. */
async function run(
  faults: readonly MockFault[],
  ms: number,
  { subscribe = ['A', 'B'], ...options }: MockPriceStreamAdapterOptions & { subscribe?: string[] } = {},
): Promise<{ log: string[]; clock: FakeClock; stream: MockPriceStreamAdapter }> {
  const clock = new FakeClock();
  const start = clock.now();
  const stream = new MockPriceStreamAdapter({ clock, faults, ...options });
  const log: string[] = [];
  stream.onMessage((message) => {
    if (isGap(message)) {
      const { reason, symbols, from, to } = message;
      log.push(`gap ${reason} ${symbols.join()} ${from - start}-${to - start}`);
    } else {
      log.push(
        `${message.symbol}${message.sequence}${typeof message.price === 'string' ? '' : ` ${message.price}`}`,
      );
    }
  });
  stream.onStatus(({ state }) => log.push(state));
  await stream.connect();
  await stream.subscribe(subscribe);
  log.length = 0;
  await clock.advance(ms);
  return { log, clock, stream };
}

describe('a silence', () => {
  test('stops the prices of its symbols but not the link, and ends with a gap', async () => {
    const { log, stream } = await run(
      [{ kind: 'silence', atMs: 150, durationMs: 200, symbols: ['A'] }],
      400,
      {
        heartbeatMs: 50,
      },
    );
    expect(log).toEqual(['A1', 'B1', 'B2', 'B3', 'gap silence A 100-400', 'A4', 'B4']);
    expect(stream.stats().heartbeats).toBe(8);
  });

  test('lasts until disconnect() without a duration, and begins again with each connect()', async () => {
    const { log, clock, stream } = await run([{ kind: 'silence', atTick: 2 }], 10_000);
    expect(log).toEqual(['A1', 'B1']);
    expect(stream.getStatus().state).toBe('subscribed');
    await stream.disconnect();
    await stream.connect();
    await stream.subscribe(['A']);
    log.length = 0;
    await clock.advance(10_000);
    expect(log).toEqual(['A101']);
  });
});

describe('a half-open link', () => {
  test('stops prices and heartbeats while the status stays subscribed', async () => {
    const { log, stream } = await run([{ kind: 'half-open', atMs: 150, durationMs: 200 }], 400, {
      heartbeatMs: 100,
    });
    expect(log).toEqual(['A1', 'B1', 'gap silence A,B 100-400', 'A4', 'B4']);
    expect(stream.stats().heartbeats).toBe(2);
    expect(stream.getStatus().state).toBe('subscribed');
  });
});

describe('a gap', () => {
  test('loses one update of each symbol, and is reported before the next', async () => {
    const { log } = await run([{ kind: 'gap', atTick: 2 }], 400);
    expect(log).toEqual(['A1', 'B1', 'gap sequence A,B 100-300', 'A3', 'B3', 'A4', 'B4']);
  });

  test('loses the updates during its duration', async () => {
    const { log } = await run([{ kind: 'gap', atMs: 200, durationMs: 200, symbols: ['B'] }], 400);
    expect(log).toEqual(['A1', 'B1', 'A2', 'A3', 'gap sequence B 100-400', 'A4', 'B4']);
  });

  test('within a burst is reported within the burst', async () => {
    const { log } = await run([{ kind: 'gap', atTick: 1 }], 100, { burst: 3, subscribe: ['A'] });
    expect(log).toEqual(['gap sequence A 0-100', 'A2', 'A3']);
  });
});

describe('a duplicate', () => {
  test('delivers an update twice', async () => {
    const { log } = await run([{ kind: 'duplicate', atTick: 2, symbols: ['A'] }], 300);
    expect(log).toEqual(['A1', 'B1', 'A2', 'A2', 'B2', 'A3', 'B3']);
  });
});

describe('an out-of-order fault', () => {
  test('swaps two updates', async () => {
    const { log } = await run([{ kind: 'out-of-order', atTick: 2, symbols: ['A'] }], 400);
    expect(log).toEqual(['A1', 'B1', 'B2', 'A3', 'A2', 'B3', 'A4', 'B4']);
  });

  test('swaps pair by pair during its duration', async () => {
    const fault = { kind: 'out-of-order', atMs: 0, durationMs: 450 } as const;
    const { log } = await run([fault], 500, { subscribe: ['A'] });
    expect(log).toEqual(['A2', 'A1', 'A4', 'A3', 'A5']);
  });
});

describe('a bad tick', () => {
  test.each([undefined, 0, -1, Infinity])('puts the bad price %s in place of a good one', async (price) => {
    const { log } = await run([{ kind: 'bad-tick', atTick: 2, price }], 300, { subscribe: ['A'] });
    expect(log).toEqual(['A1', `A2 ${price ?? NaN}`, 'A3']);
  });

  test('can be a string', async () => {
    const clock = new FakeClock();
    const faults = [{ kind: 'bad-tick', atMs: 0, durationMs: 150, price: '12,5' }] as const;
    const stream = new MockPriceStreamAdapter({ clock, faults, volatility: 0 });
    const heard: unknown[] = [];
    stream.onMessage((message) => heard.push((message as { price: unknown }).price));
    await stream.connect();
    await stream.subscribe(['A']);
    await clock.advance(200);
    expect(heard).toEqual(['12,5', '100.00']);
  });
});

describe('a disconnect', () => {
  test('breaks the link for its duration, then reconnects with a gap and its subscriptions', async () => {
    const { log, stream } = await run([{ kind: 'disconnect', atMs: 150, durationMs: 200 }], 400, {
      heartbeatMs: 100,
    });
    expect(log).toEqual(['A1', 'B1', 'reconnecting', 'subscribed', 'gap disconnect A,B 100-350', 'A4', 'B4']);
    expect(stream.getSubscribedSymbols()).toEqual(['A', 'B']);
    expect(stream.stats().heartbeats).toBe(2);
  });

  test('reports when it reconnects, by default a second later', async () => {
    const { clock, stream } = await run([{ kind: 'disconnect', atTick: 1 }], 100);
    expect(stream.getStatus()).toEqual({ state: 'reconnecting', attempt: 1, nextTryAt: clock.now() + 1000 });
    await clock.advance(1000);
    expect(stream.getStatus().state).toBe('subscribed');
  });

  test('has a gap that begins where an earlier silence began, and the next gap begins where it ended', async () => {
    const { log } = await run(
      [
        { kind: 'silence', atMs: 150, durationMs: 200, symbols: ['A'] },
        { kind: 'disconnect', atMs: 320, durationMs: 30 },
        { kind: 'disconnect', atMs: 360, durationMs: 30 },
      ],
      400,
    );
    const [first, second] = ['gap disconnect A,B 100-350', 'gap disconnect A,B 350-390'];
    expect(log.filter((each) => each.startsWith('gap'))).toEqual([first, second]);
  });

  test('accepts subscriptions during the outage', async () => {
    const { log, clock, stream } = await run([{ kind: 'disconnect', atMs: 50, durationMs: 100 }], 60);
    await stream.subscribe(['C']);
    await clock.advance(140);
    expect(log).toEqual(['reconnecting', 'subscribed', 'gap disconnect A,B,C 0-150', 'A2', 'B2', 'C2']);
  });

  test('ends with disconnect(), which leaves no timer', async () => {
    const { clock, stream } = await run([{ kind: 'disconnect', atMs: 50 }], 60, { heartbeatMs: 10 });
    await stream.disconnect();
    expect(clock.pending).toBe(0);
    await clock.advance(5000);
    expect(stream.getStatus().state).toBe('disconnected');
  });
});
