import { describe, expect, test } from 'vitest';
import { priceStreamAdapterConformance, type PriceStreamVenue } from '../../../src/conformance/index.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import {
  priceStream,
  type PriceStreamConnection,
  type PriceStreamDefinition,
} from '../../../src/core/streams/price-stream.js';
import type { BasePriceStreamAdapter } from '../../../src/core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';
import { runner } from '../../conformance/without-skips.js';

/** A stream made of functions, and its venue. */
function scripted(clock: FakeClock) {
  let link: PriceStreamLink | undefined;
  let brokenAt = 0;
  let refuses = false;
  const adapter = priceStream({
    clock,
    connect(opened) {
      if (refuses) throw new Error('refused');
      link = opened;
      return () => void (link = undefined);
    },
  });
  const venue: Required<PriceStreamVenue> = {
    send: (update) => link?.deliver(update),
    breakLink: () => {
      brokenAt = clock.now();
      link?.reconnecting(1, brokenAt);
    },
    restoreLink: () => {
      const symbols = adapter.getSubscribedSymbols();
      const to = clock.now();
      link?.restored();
      link?.deliver({ type: 'gap', from: brokenAt, to, symbols, reason: 'disconnect', recovered: true });
    },
    refuse: () => void (refuses = true),
    accept: () => void (refuses = false),
  };
  return { adapter, venue };
}

describe('priceStream()', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      return { ...scripted(clock), advance: (ms) => clock.advance(ms), pending: () => clock.pending };
    },
    supports: { breakLink: true, refuse: true },
  });

  test('subscribes and unsubscribes at the venue, and closes once', async () => {
    const calls: string[] = [];
    const stream = priceStream({
      connect: async () => {
        calls.push('open');
        await Promise.resolve();
        return {
          subscribe: (symbols) => void calls.push(`add ${symbols.join()}`),
          unsubscribe: (symbols) => void calls.push(`remove ${symbols.join()}`),
          stop: () => void calls.push('close'),
        };
      },
    });
    await stream.connect();
    await stream.subscribe(['A', 'B']);
    await stream.unsubscribe(['A']);
    await stream.disconnect();
    await stream.disconnect();
    expect(calls).toEqual(['open', 'add A,B', 'remove A', 'close']);
  });

  test('has its name in errors, and closes nothing after connect() has failed', async () => {
    let closes = 0;
    const stream = priceStream({
      name: 'Desk feed',
      connect: (_link, { signal }) => {
        if (signal.aborted) return () => void closes++;
        throw new Error('no route');
      },
    });
    await expect(stream.connect()).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      message: 'Desk feed: connect(): no route',
    });
    await expect(stream.subscribe(['A'])).rejects.toThrow('Desk feed.subscribe()');
    expect(closes).toBe(0);
    expect(() => priceStream({ name: 'Desk feed', maxSymbols: 0, connect: () => undefined })).toThrow(
      'Desk feed: maxSymbols',
    );
  });

  test('refuses a definition and a connection of another shape', async () => {
    const given = { name: 'Desk feed' } as unknown as PriceStreamDefinition;
    expect(() => priceStream(given)).toThrow(
      'priceStream Desk feed: connect: expected a function, got undefined',
    );
    const wrong = { stop: 'socket' } as unknown as PriceStreamConnection;
    const stream = priceStream({ name: 'Desk feed', connect: () => wrong });
    await expect(stream.connect()).rejects.toThrow(
      'Desk feed: stop, returned by connect: expected a function, got "socket"',
    );
    expect(stream.getStatus().state).toBe('failed');
  });

  test.each<[unknown, string]>([
    [5, 'expected a function, or an object with subscribe, unsubscribe, stop, got 5'],
    ['socket', 'expected a function, or an object with subscribe, unsubscribe, stop, got "socket"'],
    [[() => undefined], 'got an array'],
    [new (class Socket {})(), 'got an object'],
    [{ stopp: () => undefined }, 'unknown field "stopp"; did you mean "stop"?'],
    [{ close: () => undefined }, 'unknown field "close"; accepted are subscribe, unsubscribe, stop.'],
  ])('refuses %o, which could not be stopped', async (given, message) => {
    const stream = priceStream({ name: 'Desk feed', connect: () => given as PriceStreamConnection });
    await expect(stream.connect()).rejects.toThrow(`Desk feed: what connect returned: `);
    await expect(stream.connect()).rejects.toThrow(message);
  });

  test('takes nothing, an empty object, or an object of a class with one of the functions', async () => {
    class Connection {
      readonly socket = 'open';
      stop(): void {
        stopped++;
      }
    }
    let stopped = 0;
    for (const given of [undefined, null, {}, new Connection()]) {
      const stream = priceStream({ connect: () => given as PriceStreamConnection });
      await stream.connect();
      await stream.disconnect();
    }
    expect(stopped).toBe(1);
  });

  test('refuses a calendar and a list of symbols that are none', async () => {
    const connect = (): void => undefined;
    expect(() => priceStream({ name: 'Desk feed', connect, calendar: 'XNYS' as never })).toThrow(
      'Desk feed: calendar: expected a TradingCalendar, or a function of the symbol, got "XNYS"',
    );
    let link: PriceStreamLink | undefined;
    const stream = priceStream({ connect: (opened) => void (link = opened) });
    await stream.connect();
    for (const symbols of ['A', null])
      expect(() => link!.degraded(symbols as never)).toThrow('degraded(): expected a list of symbols');
    expect(stream.getStatus().state).toBe('connected');
    await stream.disconnect();
  });

  test('drops what is no message, counts it and says so once a minute, and delivers what follows', async () => {
    const clock = new FakeClock();
    const errors: string[] = [];
    let link: PriceStreamLink | undefined;
    const stream = priceStream({
      clock,
      onError: ({ message }) => void errors.push(message),
      connect: (opened) => void (link = opened),
    });
    const symbols: string[] = [];
    stream.onMessage((message) => void symbols.push((message as { symbol: string }).symbol));
    await stream.connect();
    await stream.subscribe(['A']);
    const garbage = [null, undefined, 5, 'A', [], {}, { type: 'gap' }, { symbol: 7, price: 1, timestamp: 1 }];
    for (const each of garbage) link!.deliver(each as never);
    link!.deliver({ symbol: 'A', price: 1, timestamp: 1 });
    expect((stream as BasePriceStreamAdapter).stats()).toMatchObject({ malformed: 8, messages: 1 });
    expect([symbols, errors.length]).toEqual([['A'], 2]);
    expect(errors[0]).toContain('(not-an-update)');
    expect(errors[1]).toContain('(empty-symbol)');
    await clock.advance(60_000);
    link!.deliver(null as never);
    expect(errors).toHaveLength(3);
    await stream.disconnect();
  });
});
