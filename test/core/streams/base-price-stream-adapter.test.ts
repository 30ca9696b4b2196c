import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { BasePriceStreamAdapter } from '../../../src/core/streams/base-price-stream-adapter.js';
import type { BasePriceStreamAdapterOptions } from '../../../src/core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';

const never = new Promise<void>(() => undefined);

class ScriptedStream extends BasePriceStreamAdapter {
  readonly calls: string[] = [];
  links: PriceStreamLink[] = [];
  onOpen: (link: PriceStreamLink) => Promise<void> | void = () => undefined;
  onClose: () => Promise<void> | void = () => undefined;
  onAdd: (symbols: readonly string[]) => Promise<void> | void = () => undefined;

  constructor(options: BasePriceStreamAdapterOptions = {}) {
    super({ clock: new FakeClock(), ...options });
  }

  get link(): PriceStreamLink {
    return this.links.at(-1)!;
  }

  protected openLink(link: PriceStreamLink): Promise<void> | void {
    this.calls.push('open');
    this.links.push(link);
    return this.onOpen(link);
  }

  protected closeLink(): Promise<void> | void {
    this.calls.push('close');
    return this.onClose();
  }

  protected override addSymbols(symbols: readonly string[]): Promise<void> | void {
    this.calls.push(`add ${symbols.length > 10 ? symbols.length : symbols.join()}`);
    return this.onAdd(symbols);
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.calls.push(`remove ${symbols.length > 10 ? symbols.length : symbols.join()}`);
  }
}

const price = (symbol: string, value: number): PriceStreamMessage => ({
  symbol,
  price: value,
  timestamp: value,
});
const gap = (symbols: string[], from: number, to: number): PriceStreamGap => ({
  type: 'gap',
  from,
  to,
  symbols,
  reason: 'disconnect',
  recovered: true,
});
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'settled',
    (error: TickmarkError) => error.code,
  );

const settled = (): Promise<void> => new FakeClock().settle();

async function subscribed(
  symbols: string[],
  options?: BasePriceStreamAdapterOptions,
): Promise<ScriptedStream> {
  const stream = new ScriptedStream(options);
  await stream.connect();
  await stream.subscribe(symbols);
  return stream;
}

describe('connect()', () => {
  test('changes the status step by step, and disconnect() changes it back', async () => {
    const stream = new ScriptedStream();
    const states: string[] = [];
    stream.onStatus(({ state }) => states.push(state));
    expect(stream.getStatus().state).toBe('disconnected');
    await stream.connect();
    await stream.subscribe(['A']);
    await stream.unsubscribe(['A']);
    await stream.disconnect();
    expect(states).toEqual(['connecting', 'connected', 'subscribed', 'connected', 'disconnected']);
    expect(stream.calls).toEqual(['open', 'add A', 'remove A', 'close']);
  });

  test('connects once, even if it is called several times', async () => {
    const stream = new ScriptedStream();
    await Promise.all([stream.connect(), stream.connect()]);
    await stream.connect();
    expect(stream.calls).toEqual(['open']);
  });

  test('that fails rejects with the cause, cleans up, and may be called again', async () => {
    const stream = new ScriptedStream();
    const cause = new Error('refused');
    stream.onOpen = () => Promise.reject(cause);
    const [first, second] = [stream.connect(), stream.connect()];
    await expect(first).rejects.toMatchObject({ code: 'STREAM_FAILED', retryable: true, cause });
    await expect(second).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    expect(stream.getStatus()).toMatchObject({ state: 'failed', error: { code: 'STREAM_FAILED' } });
    expect(stream.calls).toEqual(['open', 'close']);
    stream.onOpen = () => undefined;
    await stream.connect();
    expect(stream.getStatus().state).toBe('connected');
  });

  test('is aborted by its signal', async () => {
    const stream = new ScriptedStream();
    stream.onOpen = (link) =>
      new Promise((_, reject) => link.signal.addEventListener('abort', () => reject(new Error('torn'))));
    const controller = new AbortController();
    const connecting = stream.connect({ signal: controller.signal });
    await settled();
    controller.abort();
    expect(await codeOf(connecting)).toBe('ABORTED');
    expect(stream.getStatus().state).toBe('disconnected');
    expect(stream.calls).toEqual(['open', 'close']);
    expect(await codeOf(stream.connect({ signal: controller.signal }))).toBe('ABORTED');
  });

  test('is not affected by its signal afterwards, and a later caller cannot abort it for others', async () => {
    const stream = new ScriptedStream();
    let open!: () => void;
    stream.onOpen = () => new Promise((resolve) => (open = resolve));
    const [first, second] = [new AbortController(), new AbortController()];
    const mine = stream.connect({ signal: first.signal });
    const theirs = stream.connect({ signal: second.signal });
    await settled();
    second.abort();
    expect(await codeOf(theirs)).toBe('ABORTED');
    open();
    await mine;
    first.abort();
    expect(stream.getStatus().state).toBe('connected');
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'rejects when disconnect() is called %i microtasks later',
    async (count) => {
      const stream = new ScriptedStream();
      const connecting = codeOf(stream.connect());
      for (let i = 0; i < count; i++) await Promise.resolve();
      const wasOpen = stream.getStatus().state === 'connected';
      await stream.disconnect();
      expect(await connecting).toBe(wasOpen ? 'settled' : 'CLOSED');
      expect(stream.getStatus().state).toBe('disconnected');
      expect(stream.calls).toEqual(stream.links.length === 0 ? [] : ['open', 'close']);
    },
  );

  test('rejects when disconnect() is called while the link opens', async () => {
    const stream = new ScriptedStream();
    stream.onOpen = (link) =>
      new Promise((_, reject) => link.signal.addEventListener('abort', () => reject(new Error('torn'))));
    const connecting = stream.connect();
    const disconnecting = stream.disconnect();
    expect(await codeOf(connecting)).toBe('CLOSED');
    await disconnecting;
    expect(stream.getStatus().state).toBe('disconnected');
  });
});

describe('disconnect()', () => {
  test('is idempotent; connect() is rejected while it runs, and works afterwards', async () => {
    const stream = await subscribed(['A']);
    let close!: () => void;
    stream.onClose = () => new Promise((resolve) => (close = resolve));
    const first = stream.disconnect();
    const second = stream.disconnect();
    await expect(stream.connect()).rejects.toMatchObject({ code: 'DISCONNECTING', retryable: true });
    expect(stream.getSubscribedSymbols()).toEqual([]);
    close();
    await Promise.all([first, second]);
    expect(stream.calls.filter((call) => call === 'close')).toHaveLength(1);
    await stream.connect();
    expect(stream.getStatus().state).toBe('connected');
    stream.onClose = () => undefined;
    await stream[Symbol.asyncDispose]();
    expect(stream.getStatus().state).toBe('disconnected');
  });

  test('without a connection does nothing', async () => {
    const stream = new ScriptedStream();
    await stream.disconnect();
    expect(stream.calls).toEqual([]);
    await stream.connect();
  });

  test('resolves even if the link does not close', async () => {
    const clock = new FakeClock();
    const errors: TickmarkError[] = [];
    const stream = await subscribed(['A'], {
      clock,
      closeTimeoutMs: 200,
      onError: (error) => errors.push(error),
    });
    stream.onClose = () => never;
    const closing = stream.disconnect();
    await clock.advance(200);
    await closing;
    expect(errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
    expect(clock.pending).toBe(0);
  });

  test('leaves no timer and reports a link that fails to close', async () => {
    const clock = new FakeClock();
    const errors: TickmarkError[] = [];
    const stream = await subscribed(['A'], { clock, onError: (error) => errors.push(error) });
    stream.onClose = () => Promise.reject(new Error('stuck'));
    await stream.disconnect();
    expect(errors.map(({ code }) => code)).toEqual(['STREAM_FAILED']);
    expect(clock.pending).toBe(0);
  });

  test('waits for an opening link before it closes', async () => {
    const stream = new ScriptedStream();
    let open!: () => void;
    stream.onOpen = () => new Promise((resolve) => (open = resolve));
    const connecting = codeOf(stream.connect());
    await settled();
    const disconnecting = stream.disconnect();
    await settled();
    expect(stream.calls).toEqual(['open']);
    open();
    await disconnecting;
    expect(stream.calls).toEqual(['open', 'close']);
    expect(await connecting).toBe('CLOSED');
  });

  test('makes calls of the old link ineffective, even while a newer link is open', async () => {
    const stream = await subscribed(['A']);
    const old = stream.link;
    await stream.disconnect();
    await stream.connect();
    await stream.subscribe(['A']);
    const heard: unknown[] = [];
    stream.onMessage((message) => heard.push(message));
    stream.onStatus((status) => heard.push(status));
    old.deliver(price('A', 1));
    old.deliver(gap(['A'], 1, 2));
    old.reconnecting(1, 5);
    old.restored();
    old.fail(new Error('late'));
    old.end();
    expect(heard).toEqual([]);
    stream.link.deliver(price('A', 2));
    expect(heard).toEqual([price('A', 2)]);
  });

  test('in a listener means that later listeners do not get the message', async () => {
    const stream = await subscribed(['A']);
    const heard: string[] = [];
    let closing: Promise<void> | undefined;
    stream.onMessage(() => {
      heard.push('first');
      closing = stream.disconnect();
    });
    stream.onMessage(() => heard.push('second'));
    stream.link.deliver(price('A', 1));
    await closing;
    expect(heard).toEqual(['first']);
  });
});

describe('subscribe()', () => {
  test('is rejected before connect()', async () => {
    expect(await codeOf(new ScriptedStream().subscribe(['A']))).toBe('NOT_CONNECTED');
  });

  test.each([
    [[], 'EMPTY_SUBSCRIPTION'],
    [[''], 'INVALID_ARGUMENT'],
    [['A', 7], 'INVALID_ARGUMENT'],
    [['A'.repeat(257)], 'INVALID_ARGUMENT'],
    ['A', 'INVALID_ARGUMENT'],
  ])('rejects %j with %s', async (symbols, code) => {
    const stream = await subscribed(['X']);
    expect(await codeOf(stream.subscribe(symbols as string[]))).toBe(code);
    expect(stream.getSubscribedSymbols()).toEqual(['X']);
  });

  test('subscribes to each symbol once, in order', async () => {
    const stream = await subscribed(['B', 'A', 'B']);
    await stream.subscribe(['A', 'C']);
    expect(stream.calls).toEqual(['open', 'add B,A', 'add C']);
    expect(stream.getSubscribedSymbols()).toEqual(['B', 'A', 'C']);
    await stream.unsubscribe(['A', 'unknown']);
    await stream.unsubscribe(['unknown']);
    expect(stream.calls.slice(3)).toEqual(['remove A']);
  });

  test('waits for the connection, and for earlier calls', async () => {
    const stream = new ScriptedStream();
    let added!: () => void;
    stream.onAdd = () => new Promise((resolve) => (added = resolve));
    void stream.connect();
    const log: string[] = [];
    const first = stream.subscribe(['A']).then(() => log.push('first'));
    const second = stream.subscribe(['A']).then(() => log.push('second'));
    const third = stream.unsubscribe(['A']).then(() => log.push('third'));
    await settled();
    expect(log).toEqual([]);
    added();
    await Promise.all([first, second, third]);
    expect(log).toEqual(['first', 'second', 'third']);
    expect(stream.calls).toEqual(['open', 'add A', 'remove A']);
  });

  test('above the limit subscribes to nothing, and the error has the numbers', async () => {
    const stream = await subscribed(['A', 'B'], { maxSymbols: 3 });
    const error = await stream.subscribe(['B', 'C', 'D']).catch((each: TickmarkError) => each);
    expect(error).toMatchObject({ code: 'SUBSCRIPTION_LIMIT' });
    expect((error as Error).message).toMatch(/2 more.*2 subscribed make 4.*at most 3/);
    expect(stream.getSubscribedSymbols()).toEqual(['A', 'B']);
    await stream.subscribe(['C']);
  });

  test('that the venue rejects leaves the symbols out, and later calls work', async () => {
    const stream = await subscribed(['A']);
    stream.onAdd = () => Promise.reject(new Error('unknown symbol'));
    expect(await codeOf(stream.subscribe(['B']))).toBe('STREAM_FAILED');
    expect(stream.getSubscribedSymbols()).toEqual(['A']);
    stream.onAdd = () => undefined;
    await stream.subscribe(['B']);
    expect(stream.getSubscribedSymbols()).toEqual(['A', 'B']);
  });

  test('is rejected by disconnect()', async () => {
    const stream = await subscribed(['A']);
    stream.onAdd = () => never;
    const pending = codeOf(stream.subscribe(['B']));
    await settled();
    await stream.disconnect();
    expect(await pending).toBe('CLOSED');
  });

  test('delivers a snapshot that arrives before the answer', async () => {
    const stream = new ScriptedStream();
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push(message));
    stream.onAdd = () => stream.link.deliver(price('A', 1));
    await stream.connect();
    await stream.subscribe(['A']);
    expect(heard).toEqual([price('A', 1)]);
  });

  test('passes 100,000 symbols to the venue in one call', async () => {
    const symbols = Array.from({ length: 100_000 }, (_, index) => `S${index}`);
    const stream = await subscribed(symbols);
    expect(stream.getSubscribedSymbols()).toHaveLength(100_000);
    let heard = 0;
    stream.onMessage(() => heard++);
    for (const symbol of symbols) stream.link.deliver(price(symbol, 1));
    expect(heard).toBe(100_000);
    await stream.unsubscribe(symbols);
    expect(stream.calls).toEqual(['open', 'add 100000', 'remove 100000']);
  });
});

describe('delivery', () => {
  test('is limited to subscribed symbols, also in gaps', async () => {
    const stream = await subscribed(['A', 'B']);
    const heard: PriceStreamMessage[] = [];
    stream.onMessage((message) => heard.push(message));
    await stream.unsubscribe(['B']);
    for (const message of [price('A', 1), price('B', 1), gap(['A', 'B'], 1, 2), gap(['B'], 1, 2)])
      stream.link.deliver(message);
    expect(heard).toEqual([price('A', 1), gap(['A'], 1, 2)]);
    expect(stream.stats()).toEqual({
      messages: 2,
      gaps: 1,
      unsubscribed: 1,
      malformed: 0,
      listenerErrors: 0,
    });
  });

  test('continues after a listener throws or rejects, and after onError throws', async () => {
    const errors: TickmarkError[] = [];
    const stream = await subscribed(['A'], {
      onError: (error) => {
        errors.push(error);
        throw error;
      },
    });
    const cause = new Error('boom');
    const heard: PriceStreamMessage[] = [];
    stream.onMessage(() => {
      throw cause;
    });
    stream.onMessage((() => Promise.reject(cause)) as () => void);
    stream.onMessage((message) => heard.push(message));
    stream.onStatus(() => {
      throw cause;
    });
    stream.link.deliver(price('A', 1));
    await Promise.resolve();
    stream.link.reconnecting(1, 0);
    expect(heard).toHaveLength(1);
    expect(errors).toHaveLength(3);
    for (const error of errors) expect(error).toMatchObject({ code: 'HANDLER_FAILED', cause });
    expect(stream.stats().listenerErrors).toBe(3);
    expect(stream.getStatus().state).toBe('reconnecting');
  });

  test('ends at once for a removed listener', async () => {
    const stream = await subscribed(['A']);
    const heard: string[] = [];
    const listener = (name: string) => () => void heard.push(name);
    stream.onMessage(() => off());
    const off = stream.onMessage(listener('taken off'));
    stream.onMessage(listener('kept'));
    stream.link.deliver(price('A', 1));
    off();
    stream.link.deliver(price('A', 2));
    expect(heard).toEqual(['kept', 'kept']);
  });

  test('from inside a listener keeps the order for all listeners', async () => {
    const stream = await subscribed(['A']);
    const heard: unknown[] = [];
    stream.onMessage((message) => {
      if ((message as { price: number }).price === 1) stream.link.deliver(price('A', 2));
    });
    stream.onMessage((message) => heard.push((message as { price: number }).price));
    stream.link.deliver(price('A', 1));
    expect(heard).toEqual([1, 2]);
  });
});

describe('a link', () => {
  test('that breaks and reconnects keeps its subscriptions', async () => {
    const stream = await subscribed(['A']);
    const states: unknown[] = [];
    stream.onStatus((status) => states.push(status));
    stream.link.reconnecting(1, 500);
    stream.link.reconnecting(2, 900);
    stream.link.restored();
    expect(states).toEqual([
      { state: 'reconnecting', attempt: 1, nextTryAt: 500 },
      { state: 'reconnecting', attempt: 2, nextTryAt: 900 },
      { state: 'subscribed' },
    ]);
    expect(stream.getSubscribedSymbols()).toEqual(['A']);
  });

  test('that fails ends its readers with an error, is closed, and connect() works again', async () => {
    const stream = await subscribed(['A']);
    const reader = stream[Symbol.asyncIterator]();
    stream.link.deliver(price('A', 1));
    stream.link.fail(new Error('banned'));
    expect(stream.getStatus()).toMatchObject({ state: 'failed', error: { code: 'STREAM_FAILED' } });
    expect(await reader.next()).toMatchObject({ value: { price: 1 } });
    expect(await codeOf(reader.next())).toBe('STREAM_FAILED');
    expect((await reader.next()).done).toBe(true);
    await stream.connect();
    expect(stream.calls).toEqual(['open', 'add A', 'close', 'open']);
  });

  test('that ends lets readers read the waiting messages', async () => {
    const stream = await subscribed(['A', 'B']);
    const reader = stream[Symbol.asyncIterator]();
    const seen: unknown[] = [];
    stream.link.deliver(price('A', 1));
    stream.link.deliver(price('B', 2));
    stream.link.end();
    expect(stream.getStatus().state).toBe('disconnected');
    for (let each = await reader.next(); !each.done; each = await reader.next()) seen.push(each.value);
    expect(seen).toEqual([price('A', 1), price('B', 2)]);
  });
});

describe('options', () => {
  test.each([
    { maxSymbols: 0 },
    { maxSymbols: 1.5 },
    { maxSymbols: NaN },
    { closeTimeoutMs: -1 },
    { closeTimeoutMs: 2 ** 31 },
  ])('%j is rejected', (options) => {
    expect(() => new ScriptedStream(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
