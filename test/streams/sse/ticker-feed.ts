import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import {
  SsePriceStreamAdapter,
  type SseFeed,
  type SsePriceStreamAdapterOptions,
} from '../../../src/streams/sse/index.js';
import { notesOf } from '../connection/notes-of.js';
import { ScriptedFetch } from './scripted-fetch.js';

/** A feed of `SYMBOL PRICE TIME` lines. */
export function tickerFeed(feed: Partial<SseFeed> = {}): SseFeed {
  return {
    name: 'ticker',
    url: ({ symbols }) => `http://prices.test/live?token=s3cret&symbols=${symbols.join()}`,
    open: (sink) => (event) => {
      if (event.type !== 'message') return sink.control(event.type);
      const [symbol, price, time] = event.data.split(' ');
      if (symbol === 'throw') throw new Error('no such thing');
      if (symbol === 'silent') return;
      if (!time) return sink.rejected('not-a-tick');
      sink.update({ symbol: symbol!, price: price!, timestamp: Number(time) });
    },
    ...feed,
  };
}

/** The text of an event with a price. */
export const tick = (symbol: string, price: number | string, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${symbol} ${price} 1700000000000\n\n`;

/** An adapter on a fake clock, a scripted `fetch`, and all that it has reported. */
export function scripted(options: Partial<SsePriceStreamAdapterOptions> = {}, feed: Partial<SseFeed> = {}) {
  const clock = new FakeClock();
  const net = new ScriptedFetch();
  const errors: TickmarkError[] = [];
  const adapter = new SsePriceStreamAdapter({
    feed: tickerFeed(feed),
    clock,
    random: seededRandom(7),
    fetch: net.fetch,
    onError: (error) => errors.push(error),
    ...options,
  });
  const notes = notesOf(adapter);
  /** Connected and subscribed, on an open stream. */
  const subscribed = async (...symbols: string[]): Promise<void> => {
    await adapter.connect();
    const subscribing = adapter.subscribe(symbols);
    await clock.advance(10);
    net.last.stream();
    await clock.advance(0);
    await subscribing;
  };
  return { adapter, clock, net, errors, ...notes, subscribed };
}
