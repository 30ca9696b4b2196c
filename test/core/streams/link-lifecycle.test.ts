import { FakeClock } from 'tickmark/conformance';
import { describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { LinkLifecycle } from '../../../src/core/streams/link-lifecycle.js';
import { PriceStreamBroadcast } from '../../../src/core/streams/price-stream-broadcast.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';
import { SubscribedSymbols } from '../../../src/core/streams/subscribed-symbols.js';
import { rejection } from '../../rejection.js';

function world(open: (link: PriceStreamLink) => Promise<void> | void = () => undefined) {
  const clock = new FakeClock();
  const errors: TickmarkError[] = [];
  const states: string[] = [];
  const symbols = new SubscribedSymbols('S', Infinity);
  const broadcast = new PriceStreamBroadcast('S', clock, (error) => void errors.push(error));
  broadcast.statuses.add(({ state }) => states.push(state));
  const links: PriceStreamLink[] = [];
  let closed = 0;
  let close: () => Promise<void> | void = () => undefined;
  const lifecycle = new LinkLifecycle({
    name: 'S',
    clock,
    closeTimeoutMs: 5000,
    symbols,
    broadcast,
    open: (link) => {
      links.push(link);
      return open(link);
    },
    close: () => {
      closed++;
      return close();
    },
  });
  return {
    clock,
    errors,
    states,
    symbols,
    lifecycle,
    links,
    closes: () => closed,
    closeBy: (how: typeof close) => void (close = how),
  };
}

describe('the lifecycle of links', () => {
  test('has one link from connect() to disconnect(), and closes it once', async () => {
    const { lifecycle, states, links, closes } = world();
    await Promise.all([lifecycle.connect(undefined), lifecycle.connect(undefined)]);
    expect([links.length, lifecycle.link]).toEqual([1, links[0]]);
    await Promise.all([lifecycle.disconnect(), lifecycle.disconnect()]);
    expect([closes(), lifecycle.link, lifecycle.status.state]).toEqual([1, undefined, 'disconnected']);
    expect(states).toEqual(['connecting', 'connected', 'disconnected']);
  });

  test('is subscribed while the link is up and there are symbols, and has none after it', async () => {
    const { lifecycle, states, symbols } = world();
    await lifecycle.connect(undefined);
    symbols.add(['A']);
    lifecycle.updateStatus(lifecycle.link!);
    await lifecycle.disconnect();
    expect(states).toEqual(['connecting', 'connected', 'subscribed', 'disconnected']);
    expect(symbols.all.size).toBe(0);
  });

  test('fails if the link cannot be opened, with an error that has the cause', async () => {
    const cause = new Error('no route');
    const { lifecycle, closes } = world(() => Promise.reject(cause));
    const error = await rejection(lifecycle.connect(undefined));
    expect(error).toMatchObject({
      code: 'STREAM_FAILED',
      retryable: true,
      message: 'S: connect(): no route',
      cause,
    });
    expect([lifecycle.status, closes()]).toEqual([{ state: 'failed', error }, 1]);
  });

  test('does not open a link before the one before is closed', async () => {
    const { lifecycle, clock, links, closeBy } = world();
    await lifecycle.connect(undefined);
    let release!: () => void;
    closeBy(() => new Promise<void>((resolve) => (release = resolve)));
    links[0]!.fail(new Error('gone'));
    const again = lifecycle.connect(undefined);
    await clock.advance(0);
    expect(links).toHaveLength(1);
    release();
    await again;
    expect(links).toHaveLength(2);
  });

  test('waits for a link that does not close for closeTimeoutMs only, and reports it', async () => {
    const { lifecycle, clock, errors, closeBy } = world();
    await lifecycle.connect(undefined);
    closeBy(() => new Promise(() => undefined));
    const disconnected = lifecycle.disconnect();
    expect(await rejection(lifecycle.connect(undefined))).toMatchObject({ code: 'DISCONNECTING' });
    await clock.advance(5000);
    await disconnected;
    expect(errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
  });

  test('ends a connect() whose signal fires', async () => {
    const stop = new AbortController();
    const { lifecycle } = world(
      (link) => new Promise((_, reject) => link.signal.addEventListener('abort', reject)),
    );
    const connecting = lifecycle.connect(stop.signal);
    stop.abort();
    expect(await rejection(connecting)).toMatchObject({ code: 'ABORTED' });
    expect(lifecycle.status.state).toBe('disconnected');
  });
});
